package io.meridian.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Host names (RFC 1123, 2.1), IP literals (RFC 3986, 3.2.2) and ports. */
final class Hosts {
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[^\\]]*\\]|[^:\\[\\]]*)(?::([0-9]*))?");
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:0|[1-9][0-9]{0,2})\\.){3}(?:0|[1-9][0-9]{0,2})");
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,8}");
  private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");
  private static final Pattern MAYBE_IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  private Hosts() {}

  /** A socket address, as {@code 0.0.0.0:8080} or {@code [::1]:8080}. */
  static HostPort address(String text) {
    Form form = Form.ADDRESS;
    Matcher matcher = AUTHORITY.matcher(text);
    String hint;
    if (!matcher.matches()) {
      int colon = text.lastIndexOf(':');
      boolean bare = colon > 0 && isIpv6(text.substring(0, colon));
      hint =
          bare
              ? "; did you mean \"["
                  + text.substring(0, colon)
                  + "]"
                  + text.substring(colon)
                  + "\"?"
              : text.contains("://") ? "; without a scheme" : "";
    } else if (matcher.group(2) == null) {
      hint = "; the port is missing";
    } else if (matcher.group(1).isEmpty() || matcher.group(1).equals("*")) {
      hint = "; did you mean \"0.0.0.0:" + matcher.group(2) + "\"?";
    } else {
      String problem = problem(text, 0);
      if (problem.isEmpty()) {
        String host = matcher.group(1);
        return new HostPort(
            host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
            Integer.parseInt(matcher.group(2)));
      }
      hint = "; " + problem;
    }
    throw new IllegalArgumentException(
        Words.quoted(text) + " (expected: " + form.expected() + ")" + hint);
  }

  /** What is wrong with {@code host} or {@code host:port}; empty if nothing. */
  static String problem(String text, int lowestPort) {
    Matcher matcher = AUTHORITY.matcher(text);
    if (!matcher.matches()) {
      return isIpv6(text)
          ? "an IPv6 address is put in brackets: \"[" + text + "]\""
          : "\"" + text + "\" is no host and port";
    }
    String port = matcher.group(2);
    if (port != null) {
      if (!PORT.matcher(port).matches()) {
        return port.isEmpty() ? "the port is missing" : "the port " + port + " is no number from 1";
      }
      int number = Integer.parseInt(port);
      if (number < lowestPort || number > 65_535) {
        return "the port is " + port + ", not " + lowestPort + " to 65535";
      }
    }
    return hostProblem(matcher.group(1));
  }

  /** What is wrong with a host without port; empty if nothing. */
  static String hostProblem(String host) {
    if (host.isEmpty()) {
      return "the host is missing";
    } else if (host.startsWith("[")) {
      String inner = host.substring(1, host.endsWith("]") ? host.length() - 1 : host.length());
      return host.endsWith("]") && isIpv6(inner) ? "" : "\"" + host + "\" is no IPv6 address";
    } else if (!host.equals(host.toLowerCase(Locale.ROOT))) {
      return "did you mean \"" + host.toLowerCase(Locale.ROOT) + "\"?";
    } else if (NUMBERS.matcher(host).matches()) {
      return isIpv4(host) ? "" : "\"" + host + "\" is no IPv4 address";
    } else if (isIpv6(host)) {
      return "an IPv6 address is put in brackets: \"[" + host + "]\"";
    } else if (host.length() > 253) {
      return "the host is longer than 253 characters";
    }
    for (String label : host.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        return label.isEmpty()
            ? "the host has an empty label: a dot too many"
            : "\"" + label + "\" is no label of a host name: letters, digits and \"-\"";
      }
    }
    char last = host.charAt(host.lastIndexOf('.') + 1);
    if (last >= '0' && last <= '9') { // else it may be meant for an address (RFC 1123, 2.1)
      return "the last label of a host name does not start with a digit";
    }
    return "";
  }

  static boolean looksLikeAuthority(String text) {
    return problem(text, 1).isEmpty();
  }

  static boolean isIpv4(String text) {
    if (!IPV4.matcher(text).matches()) {
      return false;
    }
    for (String part : text.split("\\.", -1)) {
      if (Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  /** Without brackets and zone; never asks a name server. */
  static boolean isIpv6(String text) {
    if (text.indexOf(':') < 0 || !MAYBE_IPV6.matcher(text).matches()) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByName("[" + text + "]");
      return address.getAddress().length >= 4;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
