package io.meridian.proxy.docs;

import io.meridian.proxy.tls.TestCertificates;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files that an example names exist on the operator's machine; here others stand in for them. */
final class StandIns {
  private static final Pattern FILE =
      Pattern.compile("/[\\w/-]+/([\\w-]+\\.(?:mmdb|key|token|pem|crt))");

  private static final Pattern DIRECTORY = Pattern.compile("/var/lib/[\\w/-]+");

  private static final X509Bundle PAIR = TestCertificates.authority("CN=stand-in");

  private StandIns() {}

  /** The example with files of this directory. */
  static String local(String yaml, Path directory) throws IOException {
    Matcher named =
        FILE.matcher(DIRECTORY.matcher(yaml).replaceAll(Matcher.quoteReplacement("" + directory)));
    StringBuilder text = new StringBuilder();
    while (named.find()) {
      Path stand = directory.resolve(named.group(1));
      Files.writeString(stand, content(stand.toString()));
      named.appendReplacement(text, Matcher.quoteReplacement(stand.toString()));
    }
    return named.appendTail(text).toString();
  }

  /** All certificates and keys are the same pair, as they are checked against each other. */
  private static String content(String name) {
    return name.endsWith(".pem")
        ? PAIR.getCertificatePEM()
        : name.endsWith(".key") ? PAIR.getPrivateKeyPEM() : "stand-in";
  }
}
