package io.meridian.proxy.downstream;

import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What Netty's HPACK decoder hands fields to, and nothing else of its type: a block that is looked
 * at as it is decoded has no fields to be asked for later.
 */
abstract class Http2FieldSink extends EmptyHeaders<CharSequence, CharSequence, Http2Headers>
    implements Http2Headers {
  /** The next field of the block. */
  @Override
  public abstract Http2Headers add(CharSequence fieldName, CharSequence fieldValue);

  @Override
  public Iterator<CharSequence> valueIterator(CharSequence name) {
    return super.valueIterator(name);
  }

  @Override
  public Http2Headers method(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers scheme(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers authority(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers path(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers status(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable CharSequence method() {
    return null;
  }

  @Override
  public @Nullable CharSequence scheme() {
    return null;
  }

  @Override
  public @Nullable CharSequence authority() {
    return null;
  }

  @Override
  public @Nullable CharSequence path() {
    return null;
  }

  @Override
  public @Nullable CharSequence status() {
    return null;
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
    return false;
  }
}
