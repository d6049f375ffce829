package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The raw messages of the shared conformance cases, judged by what each expects of a proxy. */
class ConformanceCasesTest {
  private static final Path CASES = Path.of("../../shared/conformance/cases");
  private static final String HIDDEN = "GET /smuggled/tk1 HTTP/1.1\r\nHost: conf.test\r\n\r\n";
  private static final Pattern NUMBER = Pattern.compile("\\{S\\.(len|hexlen)([+-]\\d+)?}");
  private static final Pattern REPEAT = Pattern.compile("\\{R:(.*?):(\\d+)}", Pattern.DOTALL);

  /** What became of a message: whole, or why not. */
  private record Message(boolean whole, String target, String fields, String body, boolean last) {}

  @Test
  void requests_are_refused_or_read_as_the_cases_expect() throws IOException {
    judgeAll("h1-request.json", ConformanceCasesTest::judgeRequest);
  }

  @Test
  void the_fixtures_of_llhttp_are_refused_or_read_as_the_cases_expect() throws IOException {
    judgeAll("llhttp.json", ConformanceCasesTest::judgeRequest);
  }

  @Test
  void responses_are_refused_or_read_as_the_cases_expect() throws IOException {
    judgeAll("h1-response.json", ConformanceCasesTest::judgeResponse);
  }

  private interface Judge {
    /** What is wrong, or nothing. */
    String judge(JsonNode test, String input);
  }

  private static void judgeAll(String file, Judge judge) throws IOException {
    Path path = CASES.resolve(file);
    assumeTrue(Files.exists(path), "no conformance cases at " + path);
    JsonNode cases = new ObjectMapper().readTree(path.toFile()).path("cases");
    List<String> wrong = new ArrayList<>();
    for (JsonNode test : cases) {
      String verdict = judge.judge(test, input(test));
      if (!verdict.isEmpty()) {
        wrong.add(test.path("id").asText() + ": " + verdict);
      }
    }
    assertTrue(cases.size() > 50, "cases: " + cases.size());
    assertEquals(List.of(), wrong);
  }

  private static String input(JsonNode test) {
    JsonNode raw = test.has("raw") ? test.path("raw") : test.path("resp");
    if (!raw.isArray()) {
      return expand(raw.asText());
    }
    StringBuilder all = new StringBuilder();
    raw.forEach(piece -> all.append(expand(piece.asText()).replace("{BYTES}", "")));
    return all.toString();
  }

  private static String expand(String text) {
    String hex = Integer.toHexString(HIDDEN.length());
    String poison = "HTTP/1.1 200 OK\r\nX-Poison: 1\r\nContent-Length: 6\r\n\r\nPOISON";
    String named = text.replace("{T}", "tk1").replace("{H}", "conf.test").replace("{P}", poison);
    String numbered = NUMBER.matcher(named).replaceAll(m -> number(m, hex));
    String whole = numbered.replace("{S.hex}", hex).replace("{S}", HIDDEN);
    return REPEAT
        .matcher(whole)
        .replaceAll(m -> Matcher.quoteReplacement(m.group(1).repeat(Integer.parseInt(m.group(2)))));
  }

  private static String number(MatchResult m, String hex) {
    int base = m.group(1).equals("len") ? HIDDEN.length() : hex.length();
    return Integer.toString(base + (m.group(2) == null ? 0 : Integer.parseInt(m.group(2))));
  }

  private static String judgeRequest(JsonNode test, String input) {
    String cut = sameHoweverCut(input, true, Method.GET);
    List<Message> messages = requests(input);
    boolean first = messages.getFirst().whole();
    String expect = test.path("expect").asText();
    boolean smuggled =
        messages.stream().anyMatch(m -> m.whole() && m.target().contains("/smuggled/"));
    if (!cut.isEmpty()) {
      return cut;
    }
    if (smuggled && !test.path("allow_smuggled").asBoolean()) {
      return "smuggled";
    }
    return switch (expect) {
      case "reject" -> first && !test.path("or_forward").asBoolean() ? "taken" : "";
      case "incomplete" -> first ? "taken as whole" : "";
      case "forward" -> {
        if (!first) {
          yield test.path("or_reject").asBoolean() ? "" : "refused";
        }
        long whole = messages.stream().filter(Message::whole).count();
        yield whole < test.path("n").asInt(1) ? whole + " read" : content(test, messages);
      }
      default -> first ? content(test, messages) : "";
    };
  }

  private static String content(JsonNode test, List<Message> messages) {
    Message first = messages.getFirst();
    JsonNode body = test.has("body") ? test.path("body") : test.path("body_is");
    if (body.isTextual() && !expand(body.asText()).equals(first.body())) {
      return "body: " + first.body();
    }
    for (JsonNode absent : test.path("absent")) {
      if (lower(first.fields()).contains(absent.asText() + ":")) {
        return "went on: " + absent.asText();
      }
    }
    for (var present : test.path("present").properties()) {
      String line = present.getKey() + ": " + present.getValue().asText() + "\r\n";
      if (!lower(first.fields()).contains(lower(line))) {
        return "lost: " + line;
      }
    }
    return "";
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** The messages on one connection, as far as they are to be processed. */
  private static List<Message> requests(String input) {
    ByteBuf in = Unpooled.wrappedBuffer(Wire.bytes(input));
    List<Message> messages = new ArrayList<>();
    BodyReader reader = new BodyReader();
    do {
      RequestHead head = new RequestHead(Wire.LIMITS);
      if (head.feed(in) != Parse.DONE) {
        messages.add(new Message(false, "", "", "", true));
      } else {
        reader.start(head.body(), head.contentLength());
        StringBuilder body = new StringBuilder();
        boolean whole = drain(reader, in, body);
        messages.add(
            new Message(
                whole,
                Wire.target(head),
                Wire.copied(head, 0),
                body.toString(),
                !whole || !head.keepAlive()));
      }
    } while (!messages.getLast().last() && in.isReadable());
    return messages;
  }

  private static boolean drain(BodyReader reader, ByteBuf in, StringBuilder body) {
    int n = reader.next(in);
    while (n > 0) {
      body.append(Wire.text(in.readSlice(n)));
      n = reader.next(in);
    }
    return n == BodyReader.DONE;
  }

  private static String judgeResponse(JsonNode test, String input) {
    int method = test.path("method").asText().equals("HEAD") ? Method.HEAD : Method.GET;
    String cut = sameHoweverCut(input, false, method);
    if (!cut.isEmpty()) {
      return cut;
    }
    ByteBuf in = Unpooled.wrappedBuffer(Wire.bytes(input));
    ResponseHead head = new ResponseHead(Wire.LIMITS);
    head.expectFor(method);
    Parse verdict = head.feed(in);
    while (verdict == Parse.DONE && head.informational()) {
      head.clear();
      verdict = head.feed(in);
    }
    BodyReader reader = new BodyReader();
    StringBuilder body = new StringBuilder();
    boolean whole = false;
    if (verdict == Parse.DONE && !head.upgraded()) {
      reader.start(head.body(), head.contentLength());
      whole =
          drain(reader, in, body) || (test.path("then").asText().equals("fin") && reader.closed());
    }
    boolean rightBody =
        !test.has("body") || expand(test.path("body").asText()).equals(body.toString());
    boolean rightStatus = test.path("status").asInt(head.status()) == head.status();
    return switch (test.path("expect").asText()) {
      case "badgw", "incomplete" -> whole ? "taken" : "";
      case "forward" ->
          !whole
              ? "refused: " + head.fault() + reader.fault()
              : rightStatus && rightBody ? "" : "status " + head.status() + ": " + body;
      default -> whole && !rightBody ? "body: " + body : "";
    };
  }

  private static String sameHoweverCut(String input, boolean request, int method) {
    byte[] bytes = Wire.bytes(input);
    Wire.Outcome whole = Wire.whole(head(request, method), bytes);
    Random random = new Random(bytes.length);
    for (int most : new int[] {1, 5, 100, 3000}) {
      Wire.Outcome cut = Wire.cut(head(request, method), bytes, random, most);
      if (!cut.equals(whole)) {
        return "cut by " + most + ": " + cut + " instead of " + whole;
      }
    }
    return "";
  }

  private static Head head(boolean request, int method) {
    if (request) {
      return new RequestHead(Wire.LIMITS);
    }
    ResponseHead head = new ResponseHead(Wire.LIMITS);
    head.expectFor(method);
    return head;
  }
}
