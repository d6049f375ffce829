package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths: what is matched is what is forwarded. */
class TargetTest {
  private static RequestHead get(String target) {
    return Wire.request("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a",
        "/a/",
        "/a/b.c",
        "/a..b/",
        "/.a/..b/...",
        "/a.",
        "/a..",
        "/%E2%82%AC/x",
        "/a%20b",
        "/A%2e%2E/x",
        "/~x/!$&'()*+,;=:@/-._",
        "/a;v=1/b",
        "/a|b^c[d]",
        "/50%25",
        "/%25zz",
        "/%2541",
        "/?",
        "/?a=%zz&b=/../c//d%2f",
        "/?a?b",
        "/?{\"a\":[1]}|\\^`<>",
        "/...;x",
        "/.well-known/x",
        "/a;.",
        "/%41",
        "/a?%00",
        "/%3b"
      })
  void a_normal_path_and_any_query_stay_as_they_are(String target) {
    RequestHead r = get(target);
    assertEquals(Fault.NONE, r.fault());
    assertEquals(target, Wire.target(r));
    int query = target.indexOf('?');
    assertEquals(query < 0 ? target.length() : query, r.pathLength());
  }

  @ParameterizedTest
  @CsvSource({
    "/., /",
    "/./, /",
    "/a/., /a/",
    "/a/./b, /a/b",
    "/a/.., /",
    "/a/../, /",
    "/a/b/.., /a/",
    "/a/b/../c, /a/c",
    "/a/b/../../c, /c",
    "/a/../b?x/../y, /b?x/../y",
    "/a/%2e%2E/b, /b",
    "/a/.%2e/b, /b",
    "/a/%2E./b, /b",
    "/a/%2e/b, /a/b",
    "//, /",
    "//a, /a",
    "/a//b///c//, /a/b/c/",
    "/a//../b, /b",
    "/a/./../b/, /b/",
    "/a/...//b?//, /a/.../b?//",
    "/100%25%20off/%25, /100%25%20off/%25",
  })
  void dot_segments_and_empty_segments_are_resolved(String target, String expected) {
    RequestHead r = get(target);
    assertEquals(Fault.NONE, r.fault());
    assertEquals(expected, Wire.target(r));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../",
        "/../a",
        "/a/../..",
        "/a/../../b",
        "/%2e%2e/a",
        "/./..",
        "//..",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a%5Cb",
        "/a\\b",
        "/a%00",
        "/%0d%0aX:y",
        "/%1f",
        "/%7f",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%2?",
        "/%252e",
        "/%252f",
        "/%255C",
        "/%2500",
        "/%25252e",
        "/%25%32%65",
        "/%252%65",
        "/%25%32f",
        "/%2525252F",
        "/a/..;/b",
        "/a/.;x/b",
        "/a/..;",
        "/%2e%2e;x",
        "/a/..%3b/b",
        "/a\"b",
        "/<a>",
        "/{a}",
        "/`a`",
        "/a#b"
      })
  void what_backends_read_in_different_ways_is_refused(String target) {
    assertEquals(Fault.PATH, get(target).fault());
  }

  private static RequestHead get(String target, PathRules rules) {
    RequestHead head = new RequestHead(Wire.LIMITS, rules);
    head.feed(
        Unpooled.wrappedBuffer(Wire.bytes("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n")));
    return head;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%2Fb",
        "/a%2fb/c",
        "/%2F",
        "/a%2F%2Fb",
        "/group%2Fproject/...%2F.x",
        "/a%2F...",
        "/a%2f.b"
      })
  void an_encoded_slash_stays_as_it_is_where_the_rules_keep_it(String target) {
    RequestHead head = get(target, new PathRules(true, true, false));
    assertEquals(Fault.NONE, head.fault());
    assertEquals(target, Wire.target(head));
    assertEquals(Fault.PATH, get(target).fault());
    assertEquals(Fault.PATH, get(target, new PathRules(true, false, true)).fault());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%2F..",
        "/a%2F../b",
        "/a%2F%2E%2e/b",
        "/..%2Fb",
        "/a/.%2Fb",
        "/a%2F.",
        "/a%2F..;x/b",
        "/a%2F%2E%2F",
        "/a%252Fb",
        "/a%255Cb",
        "/a%5C..",
        "/a%2F%00"
      })
  void a_kept_separator_never_hides_a_dot_segment_and_is_never_encoded_twice(String target) {
    assertEquals(Fault.PATH, get(target, new PathRules(true, true, true)).fault());
  }

  @Test
  void an_encoded_backslash_stays_where_the_rules_keep_it() {
    assertEquals("/a%5Cb", Wire.target(get("/a%5Cb", new PathRules(true, false, true))));
    assertEquals(Fault.PATH, get("/a%5Cb").fault());
    assertEquals(Fault.PATH, get("/a\\b", new PathRules(true, true, true)).fault());
  }

  @ParameterizedTest
  @CsvSource({
    "//, //",
    "//a, //a",
    "/a//b///c//, /a//b///c//",
    "/a//../b, /a/b",
    "/a/./../b/, /b/",
    "//../a, /a",
  })
  void empty_segments_stay_where_the_rules_do_not_merge_them(String target, String expected) {
    RequestHead head = get(target, new PathRules(false, false, false));
    assertEquals(Fault.NONE, head.fault());
    assertEquals(expected, Wire.target(head));
  }
}
