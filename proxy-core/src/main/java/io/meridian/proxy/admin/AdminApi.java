package io.meridian.proxy.admin;

import io.meridian.config.MeridianConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the running proxy tells its operators. {@link #readiness} is asked on the admin event loop
 * and must be quick; all others on a thread where they may take their time.
 */
public interface AdminApi {
  /** Whether requests should be sent to this process: asked by load balancers. */
  Readiness readiness();

  /** The regions as of now. */
  Overview overview();

  /**
   * What would become of a request, and why.
   *
   * @return records, maps, lists, numbers and texts
   * @throws IllegalArgumentException with a message for the caller
   */
  Object explain(ExplainQuery query);

  /** Recent changes of health and controls, newest first. */
  List<Event> events();

  /** What operators hold regions to. */
  ControlStatus controls();

  /**
   * Does what an operator asks. Whoever calls has seen to it that they may.
   *
   * @return the region's control from now on; null if it has none
   * @throws ControlRefused if a safety rule forbids it
   * @throws IllegalArgumentException if there is no such region
   */
  ControlStatus.@Nullable Active control(ControlRequest request) throws ControlRefused;

  /** What is stored of answers. */
  CacheStatus cache();

  /**
   * Forgets stored answers. Whoever calls has seen to it that they may.
   *
   * @return how many URIs had some
   */
  long purge(PurgeRequest request);

  /** How much the process log says: a list of loggers with their levels. */
  Object logLevels();

  /** Sets a level of the process log for a while. Whoever calls has seen to it that they may. */
  void logLevel(LogRequest request);

  /** The newest numbers of the traffic. */
  Live.Tick tick();

  /** The numbers of the last quarter of an hour. */
  Live.History history();

  /** Tells of each change of health, controls, drills or configuration, from now on. */
  void onChange(Runnable listener);

  /** Drills of this process. */
  DrillStatus drills();

  /**
   * Begins a drill. Whoever calls has seen to it that they may.
   *
   * @throws ControlRefused if a safety rule forbids it
   * @throws IllegalArgumentException if there is no such region
   */
  DrillStatus startDrill(DrillRequest request) throws ControlRefused;

  /** Ends the drill that is under way, if there is one. */
  DrillStatus stopDrill(DrillRequest.Stop stop) throws ControlRefused;

  /** The configuration in use. */
  MeridianConfig config();

  Version version();

  /**
   * All metrics.
   *
   * @param accept the request's {@code Accept}
   */
  Metrics metrics(@Nullable String accept);

  /**
   * @param reason in a few words, whichever it is
   */
  record Readiness(boolean ready, String reason) {}

  /**
   * @param transport which socket interface is in use
   * @param startedEpochMillis when this process started
   */
  record Version(String version, String java, String transport, long startedEpochMillis) {}

  record Metrics(String contentType, String text) {}
}
