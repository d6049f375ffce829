package io.meridian.proxy.http;

/**
 * Why a message was refused: the status to answer a client (an upstream's faulty response is a 502
 * whatever the fault) and a short fixed reason for log and metric label.
 */
public enum Fault {
  NONE(0, "none"),
  REQUEST_LINE(400, "request_line"),
  TARGET(400, "target"),
  PATH(400, "path"),
  AUTHORITY(400, "authority"),
  HOST_MISSING(400, "host_missing"),
  HOST_DUPLICATE(400, "host_duplicate"),
  HOST_INVALID(400, "host_invalid"),
  HOST_MISMATCH(400, "host_mismatch"),
  VERSION(400, "version"),
  LINE_END(400, "line_end"),
  FIELD_NAME(400, "field_name"),
  FIELD_ALIAS(400, "field_alias"),
  FIELD_VALUE(400, "field_value"),
  FIELD_FOLDED(400, "field_folded"),
  CONTENT_LENGTH(400, "content_length"),
  TRANSFER_ENCODING(400, "transfer_encoding"),
  LENGTH_AND_CODING(400, "length_and_coding"),
  CONNECTION(400, "connection"),
  UPGRADE_WITH_BODY(400, "upgrade_with_body"),
  TRACE_WITH_BODY(400, "trace_with_body"),
  CHUNK_SIZE(400, "chunk_size"),
  CHUNK_EXTENSION(400, "chunk_extension"),
  CHUNK_END(400, "chunk_end"),
  STATUS_LINE(502, "status_line"),
  METHOD_CONNECT(501, "method_connect"),
  URI_TOO_LONG(414, "uri_too_long"),
  EXPECTATION(417, "expectation"),
  HEAD_TOO_LARGE(431, "head_too_large"),
  TOO_MANY_FIELDS(431, "too_many_fields"),
  CODING_UNKNOWN(501, "coding_unknown"),
  VERSION_UNSUPPORTED(505, "version_unsupported");

  private final int status;
  private final String reason;

  Fault(int status, String reason) {
    this.status = status;
    this.reason = reason;
  }

  public int status() {
    return status;
  }

  public String reason() {
    return reason;
  }
}
