package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.Listener;
import io.meridian.geo.Addresses;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.telemetry.Telemetry;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who a client is said to be, compared with a plain reading of the same words. */
public class ClientAddressFuzzTest {
  private static final String CONFIG =
      """
      version: 1
      listeners:
        - { name: public, address: "0.0.0.0:8080", trusted_proxies: [10.0.0.0/8, "fd00::/8"] }
      regions:
        - { name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }
      """;
  private static final byte[] PEER = {10, 0, 0, 1};
  private static final String WORD = "[\\x21-\\x7e&&[^;,=\"]]+";
  private static final String PORT = "(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?";
  private static final Pattern PAIR =
      Pattern.compile("[ \\t]*(?:(" + WORD + ")=(" + WORD + "|\"(?:[^\"\\\\]|\\\\.)*\"))?[ \\t]*");

  private final Peer trusted = peer();

  private static Peer peer() {
    try (Telemetry telemetry = new Telemetry(1, "test")) {
      Listener listener = new ConfigLoader(Map.of()).parse("t", CONFIG).listeners().getFirst();
      InetAddress address = InetAddress.getByAddress(PEER);
      return new Peer(
          0,
          listener,
          telemetry.listener("public"),
          new InetSocketAddress(address, 5000),
          new InetSocketAddress(address, 80),
          null);
    } catch (ConfigException | UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @FuzzTest
  public void x_forwarded_for_is_believed_as_far_as_trust_goes(byte[] input) {
    compare("X-Forwarded-For", input);
  }

  @FuzzTest
  public void forwarded_is_believed_as_far_as_trust_goes(byte[] input) {
    compare("Forwarded", input);
  }

  private void compare(String name, byte[] input) {
    String value = new String(input, StandardCharsets.ISO_8859_1);
    String request = "GET / HTTP/1.1\r\nHost: a\r\n" + name + ": " + value + "\r\n\r\n";
    RequestHead head = new RequestHead(new HeadLimits(100, 4000, 4));
    Parse verdict = head.feed(Unpooled.copiedBuffer(request, StandardCharsets.ISO_8859_1));
    if (verdict != Parse.DONE || head.fieldCount() != 2) {
      return; // more than a value
    }
    ClientAddress client = new ClientAddress();
    client.resolve(trusted, head);
    byte[] expected = PEER;
    boolean said = false;
    String[] elements = head.value(1).split(",", -1);
    for (int i = elements.length - 1; i >= 0 && trusted.trusts(expected); i--) {
      byte[] named = name.equals("Forwarded") ? forwarded(elements[i]) : node(elements[i].strip());
      if (named == null) {
        break;
      }
      expected = named;
      said = true;
    }
    assertArrayEquals(expected, client.address(), value);
    assertEquals(said, client.forwarded(), value);
    if (client.forwarded()) {
      String text = head.text(client.textStart(), client.textLength());
      assertArrayEquals(expected, plain(text), value);
      assertFalse(text.chars().anyMatch(c -> c == ',' || c == '"' || c == ' '), value);
    }
  }

  /** The {@code for} of a forwarded-element (RFC 7239, 4); null if it has not just one. */
  private static byte @Nullable [] forwarded(String element) {
    String node = null;
    int at = 0;
    while (true) {
      Matcher pair = PAIR.matcher(element).region(at, element.length());
      if (!pair.lookingAt()) {
        return null;
      }
      if ("for".equalsIgnoreCase(pair.group(1))) {
        if (node != null) {
          return null;
        }
        node = pair.group(2);
      }
      at = pair.end();
      if (at == element.length()) {
        break;
      }
      if (element.charAt(at++) != ';') {
        return null;
      }
    }
    if (node == null) {
      return null;
    }
    return node(node.startsWith("\"") ? node.substring(1, node.length() - 1) : node);
  }

  private static byte @Nullable [] node(String text) {
    if (text.startsWith("[")) {
      Matcher six = Pattern.compile("\\[([^\\]]*)]" + PORT).matcher(text);
      return six.matches() && six.group(1).contains(":") ? plain(six.group(1)) : null;
    }
    Matcher four = Pattern.compile("([0-9.]+)" + PORT).matcher(text);
    if (four.matches()) {
      return plain(four.group(1));
    }
    return plain(text);
  }

  private static byte @Nullable [] plain(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    long four = Addresses.parseV4(bytes, 0, bytes.length);
    if (four >= 0) {
      return new byte[] {
        (byte) (four >>> 24), (byte) (four >>> 16), (byte) (four >>> 8), (byte) four
      };
    }
    return text.startsWith("[") ? null : Addresses.parseV6(bytes, 0, bytes.length);
  }
}
