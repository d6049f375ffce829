package io.meridian.proxy.simulation;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** One endpoint, and what ails it. */
final class Host {
  /** What an endpoint does with a request. */
  enum Behaviour {
    ANSWER,
    /** Takes it and says nothing. */
    MUTE,
    /** Resets as soon as it has read a part. */
    RESET_EARLY,
    /** Resets when it has read all. */
    RESET,
    /** Ends the connection when it has read all. */
    CLOSE,
    STATUS_500,
    STATUS_503,
    /** Cuts its answer's body by a reset. */
    CUT,
    /** Stops in the middle of its answer. */
    STALL,
    /** Sends its answer in tiny pieces, far apart. */
    DRIP,
    /** Answers what is not HTTP. */
    GARBAGE
  }

  final String region;
  final String name;
  final InetSocketAddress address;
  final long halfTripNanos;
  final List<Link> links = new ArrayList<>();

  boolean refuses;
  boolean dropsPackets;

  /** New connections get no answer; those that are open work. */
  boolean backlogFull;

  Behaviour behaviour = Behaviour.ANSWER;

  /** Of all requests that meet {@link #behaviour}, 0 to 1. */
  double share = 1;

  long extraNanos;

  /** Probes are answered well whatever happens to requests. */
  boolean probesLie;

  /** Since when nothing ails it. */
  long wellSince;

  Host(String region, String name, InetSocketAddress address, long halfTripNanos) {
    this.region = region;
    this.name = name;
    this.address = address;
    this.halfTripNanos = halfTripNanos;
  }

  boolean well() {
    return !refuses
        && !dropsPackets
        && !backlogFull
        && behaviour == Behaviour.ANSWER
        && extraNanos == 0;
  }

  void heal(long now) {
    if (!well()) {
      wellSince = now;
    }
    boolean dropped = dropsPackets;
    refuses = false;
    dropsPackets = false;
    backlogFull = false;
    behaviour = Behaviour.ANSWER;
    share = 1;
    extraNanos = 0;
    probesLie = false;
    if (dropped) {
      List.copyOf(links).forEach(Link::reachable);
    }
  }

  /** The process dies: what is open is reset, what comes is refused. */
  void kill() {
    refuses = true;
    List.copyOf(links).forEach(Link::die);
  }

  @Override
  public String toString() {
    return region + "/" + name;
  }
}
