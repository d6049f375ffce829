package io.meridian.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values that are text: names, hosts, addresses, paths, codes. */
final class Texts {
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");
  private static final Set<String> CONTINENTS = Set.of("AF", "AN", "AS", "EU", "NA", "OC", "SA");
  private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.*)");
  private static final Pattern WITH_PORT = Pattern.compile("[^:\\[\\]]+:[0-9]+");
  private static final Map<Form, Pattern> SCHEMAS = new ConcurrentHashMap<>();
  private static final Pattern STATUSES = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");
  private static final Pattern UNSAFE = Pattern.compile("[^\\x21-\\x7e]|[\"<>\\\\^`{|}]");

  private Texts() {}

  /**
   * @throws IllegalArgumentException which says what was found and what was expected
   */
  static Object parse(Form form, String text) {
    return switch (form) {
      case TEXT -> printable(form, text);
      case ADDRESS -> Hosts.address(text);
      case PREFIX -> prefix(text);
      case RATE -> Rate.parse(text);
      case AT_LEAST -> AtLeast.parse(text);
      case URL -> url(text);
      case HOST -> host(form, text);
      case HOST_FIELD -> hostField(text);
      case HOST_PATTERN -> hostPattern(text);
      case PATH_PREFIX -> path(text);
      case TARGET -> target(text);
      case METHOD -> method(text);
      case FIELD_NAME -> matching(form, text).toLowerCase(Locale.ROOT);
      case STATUS_RANGE -> statuses(text);
      case CONTINENT -> code(form, text, CONTINENTS);
      case COUNTRY -> code(form, text, COUNTRIES);
      case SUBDIVISION -> subdivision(text);
      case ISO_SUBDIVISION -> isoSubdivision(text);
      default -> matching(form, text);
    };
  }

  private static String matching(Form form, String text) {
    if (!fits(form, text)) {
      throw unfit(form, text, "");
    }
    return text;
  }

  private static boolean fits(Form form, String text) {
    return SCHEMAS
        .computeIfAbsent(form, one -> Pattern.compile(one.schema()))
        .matcher(text)
        .matches();
  }

  private static String printable(Form form, String text) {
    if (!text.equals(text.strip()) || text.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      throw unfit(form, text, " without space at its ends and control characters");
    }
    return text;
  }

  private static Cidr prefix(String text) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException e) {
      String network = Cidr.networkOf(text);
      String hint = network.isEmpty() ? "" : "; did you mean \"" + network + "\"?";
      throw new IllegalArgumentException(e.getMessage() + hint, e);
    }
  }

  private static URI url(String text) {
    Matcher matcher = SCHEME.matcher(text);
    if (!matcher.matches()) {
      boolean plain = Hosts.looksLikeAuthority(text);
      throw unfit(Form.URL, text, plain ? "; did you mean \"http://" + text + "\"?" : "");
    }
    String scheme = matcher.group(1);
    String rest = matcher.group(2);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw unfit(Form.URL, text, "; the scheme is \"" + scheme + "\"");
    }
    if (rest.indexOf('@') >= 0) { // it may hold a password, which is not to be repeated
      String host = rest.substring(rest.lastIndexOf('@') + 1);
      throw unfit(
          Form.URL,
          scheme + "://***@" + host,
          "; it has user information: did you mean \"" + scheme + "://" + host + "\"?");
    }
    for (String sign : List.of("/", "?", "#")) {
      String what = sign.equals("/") ? "a path" : sign.equals("?") ? "a query" : "a fragment";
      int at = rest.indexOf(sign);
      if (at >= 0) {
        String kept = scheme + "://" + rest.substring(0, at);
        throw unfit(Form.URL, text, "; it has " + what + ": did you mean \"" + kept + "\"?");
      }
    }
    String problem = Hosts.problem(rest, 1);
    if (!problem.isEmpty()) {
      throw unfit(Form.URL, text, "; " + problem);
    }
    return URI.create(text);
  }

  private static String host(Form form, String text) {
    String problem = Hosts.hostProblem(text);
    if (!problem.isEmpty()) {
      throw unfit(form, text, "; " + problem);
    }
    return text;
  }

  private static String hostField(String text) {
    String problem = Hosts.problem(text, 1);
    if (!problem.isEmpty()) {
      throw unfit(Form.HOST_FIELD, text, "; " + problem);
    }
    return text;
  }

  private static String hostPattern(String text) {
    String host = text.startsWith("*.") ? text.substring(2) : text;
    String hint = "";
    if (text.equals("*")) {
      hint = "; leave hosts out to match any host";
    } else if (SCHEME.matcher(text).matches()) {
      hint = "; without \"" + text.substring(0, text.indexOf("://") + 3) + "\"";
    } else if (host.indexOf('*') >= 0) {
      hint = "; \"*\" may only stand at the start, followed by \".\"";
    } else if (host.indexOf('/') >= 0) {
      hint = "; a path goes to paths";
    } else if (WITH_PORT.matcher(host).matches()) {
      hint = "; without the port";
    } else {
      String problem = Hosts.hostProblem(host);
      hint =
          problem.isEmpty()
              ? ""
              : "; "
                  + problem.replace(
                      "\"" + host.toLowerCase(Locale.ROOT) + "\"",
                      "\"" + text.toLowerCase(Locale.ROOT) + "\"");
    }
    if (!hint.isEmpty()) {
      throw unfit(Form.HOST_PATTERN, text, hint);
    }
    return text;
  }

  private static String path(String text) {
    String hint = "";
    if (!text.startsWith("/")) {
      hint =
          SCHEME.matcher(text).matches()
              ? "; a host goes to hosts"
              : "; did you mean \"/" + text + "\"?";
    } else if (text.endsWith("*")) {
      hint = "; a path is a prefix: leave the \"*\" out";
    } else if (text.indexOf('?') >= 0 || text.indexOf('#') >= 0) {
      hint = "; a query or fragment is not matched";
    } else if (text.contains("//")
        || (text + "/").contains("/./")
        || (text + "/").contains("/../")) {
      hint =
          "; requests are matched by their path in normal form: without \"//\", \".\" and \"..\"";
    } else if (UNSAFE.matcher(text).find() || text.indexOf('*') >= 0) {
      hint = "; other signs are percent-encoded";
    }
    if (!hint.isEmpty()) {
      throw unfit(Form.PATH_PREFIX, text, hint);
    }
    return text;
  }

  private static String target(String text) {
    if (!text.startsWith("/")) {
      throw unfit(
          Form.TARGET,
          text,
          SCHEME.matcher(text).matches()
              ? "; without scheme and host"
              : "; did you mean \"/" + text + "\"?");
    } else if (UNSAFE.matcher(text).find() || text.indexOf('#') >= 0) {
      throw unfit(Form.TARGET, text, "; other signs are percent-encoded");
    }
    return text;
  }

  private static String method(String text) {
    if (METHODS.contains(text)) {
      return text;
    }
    throw new IllegalArgumentException(
        Words.quoted(text)
            + " (expected: one of "
            + String.join(", ", METHODS)
            + ")"
            + Hints.word(text, METHODS));
  }

  private static Health.StatusRange statuses(String text) {
    Matcher matcher = STATUSES.matcher(text);
    if (!matcher.matches()) {
      boolean wildcard = text.matches("[1-5][xX]{2}");
      String digit = text.substring(0, 1);
      throw unfit(
          Form.STATUS_RANGE,
          text,
          wildcard ? "; did you mean \"" + digit + "00-" + digit + "99\"?" : "");
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    if (last < first) {
      throw unfit(Form.STATUS_RANGE, text, "; did you mean \"" + last + "-" + first + "\"?");
    }
    return new Health.StatusRange(first, last);
  }

  private static String code(Form form, String text, Set<String> known) {
    if (known.contains(text)) {
      return text;
    }
    String upper = text.toUpperCase(Locale.ROOT);
    String meant = upper.equals("UK") ? "GB" : upper.equals("EL") ? "GR" : upper;
    String hint =
        known.contains(meant)
            ? "; did you mean \"" + meant + "\"?"
            : CONTINENTS.contains(upper)
                ? "; \"" + upper + "\" is a continent"
                : COUNTRIES.contains(upper) ? "; \"" + upper + "\" is a country" : "";
    throw unfit(form, text, hint);
  }

  private static String subdivision(String text) {
    if (!fits(Form.SUBDIVISION, text)) {
      boolean whole = text.matches("[A-Z]{2}-[A-Z0-9]{1,3}");
      throw unfit(
          Form.SUBDIVISION, text, whole ? "; did you mean \"" + text.substring(3) + "\"?" : "");
    }
    return text;
  }

  private static String isoSubdivision(String text) {
    String whole = matching(Form.ISO_SUBDIVISION, text);
    code(Form.ISO_SUBDIVISION, whole.substring(0, 2), COUNTRIES);
    return whole;
  }

  private static IllegalArgumentException unfit(Form form, String text, String hint) {
    return new IllegalArgumentException(
        Words.quoted(text) + " (expected: " + form.expected() + ")" + hint);
  }
}
