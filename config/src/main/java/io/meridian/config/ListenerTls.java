package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a listener speaks TLS. Files are read anew when they change. */
@Key("TLS on a listener. Its files are read anew when they change.")
public record ListenerTls(
    @Key(
            value =
                "Certificates with their keys. The name that a client asks for (SNI) chooses among"
                    + " them: exact names first, then wildcards.",
            atLeast = 1)
        List<Certificate> certificates,
    @Key(
            value =
                "What a client gets that asks for a name which no certificate has, or for none:"
                    + " `default`, the first certificate, or `refuse`, no handshake. With `refuse`,"
                    + " requests for such a host are answered with 421 too.",
            or = "default")
        UnknownNames unknownNames,
    @Key(
            value = "The oldest version of TLS that is spoken.",
            or = "1.2",
            only = {"1.2", "1.3"})
        double minVersion,
    @Key(
            value =
                "Cipher suites for TLS 1.2, best first; the proxy's order counts. Those of TLS 1.3 are"
                    + " all good and can't be chosen.",
            or =
                "[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
                    + " TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
                    + " TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
                    + " TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,"
                    + " TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]",
            atLeast = 1,
            only = {
              "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
              "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
            })
        List<String> ciphers,
    @Key(value = "Whether a client may take up an earlier session, by ticket.", or = "true")
        boolean resumption,
    @Key(
            value =
                "How often tickets get another key. The two before it are still accepted, so a ticket"
                    + " is good for two to three times as long.",
            or = "12h",
            min = "1s",
            max = "168h")
        Duration ticketRotation,
    @Key(
            value =
                "Whether clients are asked for a certificate: `none`, `optional` or `required`. One"
                    + " that is given must be good. Its subject goes to endpoints in"
                    + " `X-Meridian-Client-Subject`.",
            or = "none")
        ClientAuth clientAuth,
    @Key(
            value = "The authorities, in PEM, that clients' certificates must come from.",
            absent = "none; `client_auth` needs it")
        @Nullable Path clientCa) {

  /** Whether only TLS 1.3 is spoken. */
  public boolean onlyTls13() {
    return minVersion > 1.25;
  }

  /** One certificate with its key. */
  @Key("A certificate with its key.")
  public record Certificate(
      @Key("The certificate in PEM, with those of its issuers behind it, root left out.")
          Path certificate,
      @Key("The certificate's private key in PEM, RSA or EC, without a passphrase.") Path key,
      @Key(
              value =
                  "An OCSP response in DER, given to clients that ask (stapling). Something else"
                      + " fetches it.",
              absent = "none")
          @Nullable Path ocsp) {}

  /** What a client gets that asks for a name which no certificate has. */
  public enum UnknownNames {
    DEFAULT,
    REFUSE
  }

  /** Whether clients are asked for a certificate. */
  public enum ClientAuth {
    NONE,
    OPTIONAL,
    REQUIRED
  }
}
