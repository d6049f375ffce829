package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The listener of a spare connection: it hears nothing, as it is cancelled at once. */
enum NobodyWaits implements UpstreamListener {
  INSTANCE;

  @Override
  public boolean upgrade() {
    return false;
  }

  @Override
  public @Nullable ClientEnds client() {
    return null;
  }

  @Override
  public void connected(UpstreamConnection connection) {}

  @Override
  public void connectFailed(UpstreamFailure why) {}

  @Override
  public void informational(ResponseHead head) {}

  @Override
  public void head(ResponseHead head) {}

  @Override
  public void data(ByteBuf in, int length) {
    in.skipBytes(length);
  }

  @Override
  public void end(Body body) {}

  @Override
  public void readComplete() {}

  @Override
  public void failed(UpstreamFailure why) {}

  @Override
  public void writable() {}
}
