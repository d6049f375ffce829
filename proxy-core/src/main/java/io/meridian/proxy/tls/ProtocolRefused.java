package io.meridian.proxy.tls;

/** Fired through a pipeline when a client was refused, as it speaks nothing that is spoken here. */
public record ProtocolRefused() {}
