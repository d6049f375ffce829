package io.meridian.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How TLS is spoken to a region's endpoints. Files are read anew when they change. */
@Key("TLS to a region's endpoints. Its files are read anew when they change.")
public record UpstreamTls(
    @Key(
            value = "The authorities, in PEM, that endpoints' certificates must come from.",
            absent = "those that the Java runtime trusts")
        @Nullable Path ca,
    @Key(
            value = "The name asked for (SNI), which the endpoint's certificate must have.",
            form = Form.HOST,
            absent = "the host of the endpoint's URL")
        @Nullable String serverName,
    @Key(
            value =
                "A certificate to show to endpoints, in PEM, with those of its issuers behind it.",
            absent = "none")
        @Nullable Path certificate,
    @Key(
            value = "The certificate's private key in PEM, without a passphrase.",
            absent = "none; `certificate` needs it")
        @Nullable Path key,
    @Key(
            value = "The oldest version of TLS that is spoken.",
            or = "1.2",
            only = {"1.2", "1.3"})
        double minVersion,
    @Key(
            value =
                "Whether the endpoint's certificate is checked. Without it anybody on the way can"
                    + " read and change all traffic: for a test only.",
            or = "true")
        boolean verify) {

  /** Whether only TLS 1.3 is spoken. */
  public boolean onlyTls13() {
    return minVersion > 1.25;
  }
}
