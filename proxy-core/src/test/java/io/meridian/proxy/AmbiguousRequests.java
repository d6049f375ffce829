package io.meridian.proxy;

import java.util.List;
import java.util.Random;

/** Makes requests that readers may take in several ways: from known tricks, mixed and mutated. */
final class AmbiguousRequests {
  private static final String HIDDEN =
      "GET /hidden HTTP/1.1\r\nHost: a.test\r\nX-Token: hidden\r\n\r\n";
  private static final String LENGTH = Integer.toString(HIDDEN.length() + 5);
  private static final List<String> STARTS =
      List.of(
          "POST /p HTTP/1.1\r\n",
          "GET /p HTTP/1.1\r\n",
          "PUT /p?q HTTP/1.0\r\n",
          "DELETE /d HTTP/1.1\r\n",
          "OPTIONS * HTTP/1.1\r\n",
          "GET http://a.test/p HTTP/1.1\r\n",
          "POST //p/./q HTTP/1.1\r\n",
          "\r\nPOST /p HTTP/1.1\r\n",
          "POST  /p HTTP/1.1\r\n",
          "POST /p HTTP/1.1\n",
          "POST /p http/1.1\r\n");
  private static final List<String> FRAMINGS =
      List.of(
          "Content-Length: " + LENGTH + "\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: 0\r\n",
          "Content-Length : 5\r\n",
          "Content-Length: 5, 5\r\n",
          "Content-Length: +5\r\n",
          "Content-Length: 0x5\r\n",
          "Content-Length:\r\n",
          "Content_Length: 5\r\n",
          "Content-Length: 5\r\nContent-Length: " + LENGTH + "\r\n",
          "Content-Length:\r\n 5\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding:chunked\r\n",
          "transfer-encoding: Chunked\r\n",
          "Transfer-Encoding: chunked \t\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: identity, chunked\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding: \u000bchunked\r\n",
          "Transfer-Encoding:\r\n chunked\r\n",
          "X: y\nTransfer-Encoding: chunked\r\n",
          "X: y\rTransfer-Encoding: chunked\r\n",
          "Transfer_Encoding: chunked\r\n",
          "Connection: Transfer-Encoding\r\n",
          "Connection: close, Content-Length\r\n",
          "Connection: Upgrade\r\nUpgrade: websocket\r\n",
          "Expect: 100-continue\r\n",
          "");
  private static final List<String> BODIES =
      List.of(
          "",
          "hello",
          "0\r\n\r\n",
          "5\r\nhello\r\n0\r\n\r\n",
          "5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
          "5;a=\"\r\nhello\"\r\n0\r\n\r\n",
          "5\nhello\n0\n\n",
          "05\r\nhello\r\n00\r\n\r\n",
          "0x5\r\nhello\r\n0\r\n\r\n",
          "5 \r\nhello\r\n0\r\n\r\n",
          "5\r\nhello0\r\n\r\n",
          "0\r\nContent-Length: 5\r\n\r\n",
          "1000000000000000005\r\nhello\r\n0\r\n\r\n",
          "-1\r\nhello\r\n0\r\n\r\n");
  private static final String SPICE = "\r\n\t :;,/#\\\u0000\u000b\u007f\u0080\u00ff\"0129afXx_-";

  private AmbiguousRequests() {}

  /** One request that bears the token, maybe with another one behind it or in its body. */
  static String next(Random random, String token) {
    StringBuilder text = new StringBuilder(pick(random, STARTS));
    text.append("Host: a.test\r\nX-Token: ").append(token).append("\r\n");
    int from = text.length() - 4; // in the token
    text.append(pick(random, FRAMINGS));
    if (random.nextInt(3) == 0) {
      text.append(pick(random, FRAMINGS));
    }
    text.append("\r\n").append(pick(random, BODIES));
    if (random.nextInt(3) == 0) {
      for (int n = random.nextInt(3); n >= 0; n--) {
        mutate(random, text, from);
      }
    }
    return random.nextBoolean() ? text.append(HIDDEN).toString() : text.toString();
  }

  private static void mutate(Random random, StringBuilder text, int from) {
    int at = from + random.nextInt(Math.max(1, text.length() - from - 1));
    char c = SPICE.charAt(random.nextInt(SPICE.length()));
    switch (random.nextInt(3)) {
      case 0 -> text.setCharAt(at, c);
      case 1 -> text.insert(at, c);
      default -> text.deleteCharAt(at);
    }
  }

  private static String pick(Random random, List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
