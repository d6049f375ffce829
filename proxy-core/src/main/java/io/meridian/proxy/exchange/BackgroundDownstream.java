package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * In place of a client, where a stored answer is fetched anew after it was given out: whoever asked
 * for it has its answer already. Event loop only.
 */
final class BackgroundDownstream implements Downstream {
  private final Peer peer;
  private final Runnable over;

  /**
   * @param peer who asked for the answer
   * @param over what is done at the end
   */
  BackgroundDownstream(Peer peer, Runnable over) {
    this.peer = peer;
    this.over = over;
  }

  @Override
  public boolean background() {
    return true;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public boolean http2() {
    return false;
  }

  @Override
  public boolean accepts(ResponseHead head) {
    return false;
  }

  @Override
  public void sendInformational(ResponseHead head) {
    // nobody waits for it
  }

  @Override
  public void sendHead(ResponseHead head) {
    // nobody waits for it
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    in.skipBytes(length);
  }

  @Override
  public void sendEnd(Body body) {
    // nobody waits for it
  }

  @Override
  public void sendError(ErrorAnswer answer) {
    // nobody waits for it
  }

  @Override
  public void flush() {
    // nothing was gathered
  }

  @Override
  public void hold() {
    // nothing is gathered
  }

  @Override
  public int gatheredBytes() {
    return 0;
  }

  @Override
  public boolean discard() {
    return true;
  }

  @Override
  public boolean writable() {
    return true;
  }

  @Override
  public void setReading(boolean reading) {
    // the request is whole
  }

  @Override
  public void tunnel() {
    // it asks for none
  }

  @Override
  public void abort() {
    // nobody waits for it
  }

  @Override
  public long bytesSent() {
    return 0;
  }

  @Override
  public void finished(boolean keepAlive) {
    over.run();
  }
}
