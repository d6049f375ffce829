package io.meridian.proxy.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.CONFLICT;
import static io.netty.handler.codec.http.HttpResponseStatus.FORBIDDEN;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.MISDIRECTED_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;
import static io.netty.handler.codec.http.HttpResponseStatus.UNAUTHORIZED;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which path shows what. */
final class AdminRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(AdminRoutes.class);

  /** Where an answer is made. */
  enum Place {
    /** At once, on the event loop: it must not wait behind a slow scrape. */
    LOOP,
    WORKER,
    /** It goes on for as long as somebody listens: {@link LiveStream}. */
    STREAM
  }

  private interface Maker {
    Answer make(Question question) throws JsonProcessingException;
  }

  /**
   * @param anyHost whether the Host field may say anything: for machines, which call us by names
   *     that we can't know, and which learn nothing that a foreign page could use
   */
  private record Path(Place place, boolean anyHost, HttpMethod method, Maker maker) {
    Path(Place place, boolean anyHost, Maker maker) {
      this(place, anyHost, HttpMethod.GET, maker);
    }

    boolean takes(HttpMethod asked) {
      return asked.equals(method)
          || (method.equals(HttpMethod.GET) && asked.equals(HttpMethod.HEAD));
    }

    String allow() {
      return method.equals(HttpMethod.GET) ? "GET, HEAD" : method.name();
    }
  }

  private final AdminApi api;
  private final HostGuard hosts;
  private final ApiJson json = new ApiJson();
  private final Map<String, Path> paths;
  private final Map<String, Path> files = new HashMap<>();
  private final Path control = change(this::control);
  private final Path log = change(this::log);

  AdminRoutes(AdminApi api, HostGuard hosts) {
    this.api = api;
    this.hosts = hosts;
    paths =
        Map.ofEntries(
            Map.entry("/livez", new Path(Place.LOOP, true, _ -> live())),
            Map.entry("/readyz", new Path(Place.LOOP, true, _ -> ready())),
            Map.entry("/healthz", new Path(Place.LOOP, true, _ -> ready())),
            Map.entry("/metrics", new Path(Place.WORKER, true, this::metrics)),
            Map.entry("/version", data(_ -> api.version())),
            Map.entry("/api/regions", data(_ -> api.overview())),
            Map.entry("/api/events", data(_ -> api.events())),
            Map.entry("/api/controls", data(_ -> api.controls())),
            Map.entry("/api/cache", data(_ -> api.cache())),
            Map.entry("/api/cache/purge", change(this::purge)),
            Map.entry("/api/drills", data(_ -> api.drills())),
            Map.entry(
                "/api/drills/start",
                change(one -> api.startDrill(DrillRequest.from(one.query(), one.address())))),
            Map.entry(
                "/api/drills/stop",
                change(one -> api.stopDrill(DrillRequest.Stop.from(one.query(), one.address())))),
            Map.entry("/api/openapi.json", file("openapi.json", Answer.JSON)),
            Map.entry("/api/log", data(_ -> api.logLevels())),
            Map.entry("/api/config", data(_ -> api.config())),
            Map.entry("/api/explain", data(one -> api.explain(ExplainQuery.from(one.query())))),
            Map.entry("/api/history", history()),
            Map.entry("/api/stream", new Path(Place.STREAM, false, _ -> busy())));
    PageFiles.NAMES.forEach((name, type) -> files.put("/" + name, file(name, type)));
    files.put("/", file("page.html", PageFiles.HTML));
    files.put("/favicon.ico", file("favicon.svg", PageFiles.SVG));
  }

  /** What there is, but for the page and what is done to regions. */
  Set<String> paths() {
    return paths.keySet();
  }

  /** Where to call {@link #answer}. */
  Place place(Question question) {
    Path path = find(question);
    return path == null || refusal(question, path) != null ? Place.LOOP : path.place;
  }

  Answer answer(Question question) {
    Path path = find(question);
    Answer refusal = refusal(question, path);
    if (refusal != null) {
      return refusal;
    }
    if (path == null) {
      return error(NOT_FOUND, "no such path: " + question.path());
    }
    try {
      return path.maker.make(question);
    } catch (IllegalArgumentException e) {
      return error(BAD_REQUEST, String.valueOf(e.getMessage()));
    } catch (JsonProcessingException | RuntimeException e) {
      LOG.error("admin: {}", question.path(), e);
      return error(INTERNAL_SERVER_ERROR, "internal error; the process log says more");
    }
  }

  private @Nullable Path find(Question question) {
    String path = question.path();
    if (path.equals("/api/log") && question.method().equals(HttpMethod.POST)) {
      return log;
    }
    Path known = paths.containsKey(path) ? paths.get(path) : files.get(path);
    return known == null && ControlRequest.fits(path) ? control : known;
  }

  /** What is wrong with the request as such, or null. */
  private @Nullable Answer refusal(Question question, @Nullable Path path) {
    if (!question.wellFormed()) {
      return error(BAD_REQUEST, "not an HTTP/1.1 request");
    }
    if ((path == null || !path.anyHost) && !hosts.admits(question.host())) {
      return error(
          MISDIRECTED_REQUEST,
          "Host: "
              + question.host()
              + " (expected: an IP address, localhost, or the name that the admin address is"
              + " configured with)");
    }
    HttpMethod method = question.method();
    if (path != null && !path.takes(method)) {
      Answer error = error(METHOD_NOT_ALLOWED, "method: " + method);
      return new Answer(error.status(), error.contentType(), error.body(), path.allow());
    }
    return null;
  }

  /** All workers are busy. */
  Answer busy() {
    return error(SERVICE_UNAVAILABLE, "too many requests at a time");
  }

  private static Answer live() {
    return Answer.ok(Answer.TEXT, "ok\n");
  }

  private Answer ready() {
    AdminApi.Readiness readiness = api.readiness();
    return Answer.of(
        readiness.ready() ? OK : SERVICE_UNAVAILABLE, Answer.TEXT, readiness.reason() + "\n");
  }

  private Answer metrics(Question question) {
    AdminApi.Metrics metrics = api.metrics(question.accept());
    return Answer.ok(metrics.contentType(), metrics.text());
  }

  private Object purge(Question question) {
    return Map.of("purged", api.purge(PurgeRequest.from(question.query(), question.address())));
  }

  /** A change: by those who have the token only, and by no page of a foreign site. */
  private Answer change(Question question, Change change) throws JsonProcessingException {
    java.nio.file.Path tokens = api.config().admin().tokenFile();
    if (tokens == null) {
      return error(
          FORBIDDEN, "changes are switched off (expected: admin.token_file is configured)");
    }
    String origin = question.origin();
    if (origin != null && !origin.equalsIgnoreCase("http://" + question.host())) {
      LOG.warn("admin: change refused, asked for by a page of another origin");
      return error(FORBIDDEN, "Origin: " + origin + " (expected: http://" + question.host() + ")");
    }
    String site = question.fetchSite();
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      LOG.warn("admin: change refused, asked for by a page of another site");
      return error(FORBIDDEN, "Sec-Fetch-Site: " + site + " (expected: same-origin)");
    }
    try {
      if (!Credentials.admit(question.authorization(), tokens)) {
        LOG.warn("admin: change refused, wrong or no token, from {}", question.address());
        return error(UNAUTHORIZED, "Authorization: missing or wrong (expected: Bearer TOKEN)");
      }
    } catch (IOException e) {
      LOG.error("admin: token file {}: {}", tokens, e.getMessage());
      return error(SERVICE_UNAVAILABLE, "the token file can't be read; the process log says more");
    }
    try {
      return Answer.ok(Answer.JSON, json.write(change.make(question)) + "\n");
    } catch (ControlRefused e) {
      String message = String.valueOf(e.getMessage());
      return Answer.of(CONFLICT, Answer.JSON, json.write(new Refusal(message, e.rule())) + "\n");
    }
  }

  private Object control(Question question) throws ControlRefused {
    ControlRequest request =
        ControlRequest.from(question.path(), question.query(), question.address());
    ControlStatus.Active active = api.control(request);
    return active == null ? Map.of("region", request.region()) : active;
  }

  /** Why a change was not made. */
  private record Refusal(String error, String rule) {}

  /** What is done for those who may. */
  private Object log(Question question) {
    api.logLevel(LogRequest.from(question.query(), question.address()));
    return api.logLevels();
  }

  private interface Change {
    Object make(Question question) throws ControlRefused;
  }

  private Path change(Change change) {
    return new Path(Place.WORKER, false, HttpMethod.POST, question -> change(question, change));
  }

  private interface Source {
    Object get(Question question);
  }

  private Path data(Source source) {
    return new Path(
        Place.WORKER,
        false,
        question -> Answer.ok(Answer.JSON, json.write(source.get(question)) + "\n"));
  }

  private Path history() {
    return new Path(
        Place.WORKER, false, _ -> Answer.ok(Answer.JSON, json.line(api.history()) + "\n"));
  }

  private static Path file(String name, String contentType) {
    Answer answer = new Answer(OK, contentType, PageFiles.read(name), "");
    return new Path(Place.LOOP, false, _ -> answer);
  }

  private Answer error(HttpResponseStatus status, String message) {
    try {
      return Answer.of(status, Answer.JSON, json.write(Map.of("error", message)) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
