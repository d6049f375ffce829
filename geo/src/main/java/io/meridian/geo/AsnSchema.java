package io.meridian.geo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.maxmind.db.MaxMindDbParameter;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** ASN and ISP databases. */
final class AsnSchema implements Schema<AutonomousSystem> {
  static final AsnSchema INSTANCE = new AsnSchema();

  private static final byte[] NUMBER = "autonomous_system_number".getBytes(US_ASCII);
  private static final byte[] ORGANIZATION = "autonomous_system_organization".getBytes(US_ASCII);

  private AsnSchema() {}

  @Override
  public String kind() {
    return "asn";
  }

  @Override
  public boolean accepts(String databaseType) {
    return Schema.mentions(databaseType, "asn", "isp");
  }

  @Override
  public AutonomousSystem unknown() {
    return AutonomousSystem.UNKNOWN;
  }

  @Override
  public Decoder<AutonomousSystem> decoder(MmdbData data) {
    return position -> {
      int number = data.find(position, NUMBER);
      int organization = data.find(position, ORGANIZATION);
      return new AutonomousSystem(
          number < 0 ? 0 : data.whole(number), organization < 0 ? "" : data.text(organization));
    };
  }

  @Override
  public AutonomousSystem official(Reader reader, InetAddress address) throws IOException {
    Entry entry = reader.get(address, Entry.class);
    if (entry == null) {
      return AutonomousSystem.UNKNOWN;
    }
    return new AutonomousSystem(
        entry.number == null ? 0 : entry.number,
        entry.organization == null ? "" : entry.organization);
  }

  /** What MaxMind's reader fills; it calls public constructors only. */
  public record Entry(
      @MaxMindDbParameter(name = "autonomous_system_number") @Nullable Long number,
      @MaxMindDbParameter(name = "autonomous_system_organization") @Nullable String organization) {}
}
