package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * Stands before a client's connection for one request, and passes on what a subclass does not
 * change. Event loop only.
 */
abstract class DownstreamFilter implements Downstream {
  private final Downstream client;

  DownstreamFilter(Downstream client) {
    this.client = client;
  }

  /** What stands behind it. */
  final Downstream inner() {
    return client;
  }

  @Override
  public final Peer peer() {
    return client.peer();
  }

  @Override
  public final boolean background() {
    return client.background();
  }

  @Override
  public final boolean http2() {
    return client.http2();
  }

  @Override
  public final boolean accepts(ResponseHead head) {
    return client.accepts(head);
  }

  @Override
  public final void sendInformational(ResponseHead head) {
    client.sendInformational(head);
  }

  @Override
  public void sendHead(ResponseHead head) {
    client.sendHead(head);
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    client.sendData(in, length);
  }

  @Override
  public void sendEnd(Body body) {
    client.sendEnd(body);
  }

  @Override
  public void sendError(ErrorAnswer answer) {
    client.sendError(answer);
  }

  @Override
  public void sendGrpcError(int grpcStatus, ErrorAnswer answer) {
    client.sendGrpcError(grpcStatus, answer);
  }

  @Override
  public void flush() {
    client.flush();
  }

  @Override
  public final void hold() {
    client.hold();
  }

  @Override
  public int gatheredBytes() {
    return client.gatheredBytes();
  }

  @Override
  public boolean discard() {
    return client.discard();
  }

  @Override
  public final boolean writable() {
    return client.writable();
  }

  @Override
  public final void setReading(boolean reading) {
    client.setReading(reading);
  }

  @Override
  public final void tunnel() {
    client.tunnel();
  }

  @Override
  public void abort() {
    client.abort();
  }

  @Override
  public final long bytesSent() {
    return client.bytesSent();
  }

  @Override
  public void finished(boolean keepAlive) {
    client.finished(keepAlive);
  }
}
