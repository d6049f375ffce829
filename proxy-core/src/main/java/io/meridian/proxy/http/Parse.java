package io.meridian.proxy.http;

/** What feeding received bytes to a parser led to. */
public enum Parse {
  /** All bytes were taken and the message part is not at its end. */
  MORE,
  /** Complete; the reader index is just behind it. */
  DONE,
  /** Refused, see {@link Fault}; the connection cannot be used any more. */
  BAD
}
