package io.meridian.proxy.upstream;

/**
 * The two ends of a client's connection, as a PROXY header tells them.
 *
 * @param source the client's address, 4 or 16 bytes
 * @param sourcePort 0 if it is not known
 * @param destination the address that it connected to, 4 or 16 bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
public record ClientEnds(byte[] source, int sourcePort, byte[] destination, int destinationPort) {}
