package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * Field lines parsed in place: one byte array and a table of ranges in it. Reusable, one thread.
 */
public abstract sealed class FieldSection permits Head, Trailers {
  FieldSection() {}

  /** The bytes that every range below refers to. */
  public byte[] bytes() {
    throw new UnsupportedOperationException();
  }

  public int fieldCount() {
    throw new UnsupportedOperationException();
  }

  public int fieldId(int i) {
    throw new UnsupportedOperationException();
  }

  public int nameStart(int i) {
    throw new UnsupportedOperationException();
  }

  public int nameLength(int i) {
    throw new UnsupportedOperationException();
  }

  public int valueStart(int i) {
    throw new UnsupportedOperationException();
  }

  /** Without white space around it. */
  public int valueLength(int i) {
    throw new UnsupportedOperationException();
  }

  /** Index of the first field with this id, or -1. */
  public int indexOf(int fieldId) {
    throw new UnsupportedOperationException();
  }

  public boolean has(int fieldId) {
    throw new UnsupportedOperationException();
  }

  /** The value as text (slow path). */
  public String value(int i) {
    throw new UnsupportedOperationException();
  }

  /** The name as text (slow path). */
  public String name(int i) {
    throw new UnsupportedOperationException();
  }

  /** False for fields that concern this connection only, and for framing. */
  public boolean endToEnd(int i) {
    throw new UnsupportedOperationException();
  }

  /** Writes the end-to-end fields whose id is not in the mask as {@code name: value CRLF}. */
  public void copyFields(ByteBuf out, long dropMask) {
    throw new UnsupportedOperationException();
  }

  /** Takes bytes up to the end of the section. */
  public Parse feed(ByteBuf in) {
    throw new UnsupportedOperationException();
  }

  /** Why BAD. */
  public Fault fault() {
    throw new UnsupportedOperationException();
  }

  /** True once a byte of the section has been seen. */
  public boolean started() {
    throw new UnsupportedOperationException();
  }

  public void clear() {
    throw new UnsupportedOperationException();
  }

  /** Bytes of the section so far. */
  public int length() {
    throw new UnsupportedOperationException();
  }
}
