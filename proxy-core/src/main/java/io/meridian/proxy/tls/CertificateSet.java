package io.meridian.proxy.tls;

import io.meridian.config.ListenerTls;
import io.meridian.config.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of one listener, found by the name that a client asks for: exact names, then a
 * wildcard of one label (RFC 6125, 6.4.3), then the first one of all. Several certificates may have
 * the same name, one for each kind of key.
 */
final class CertificateSet {
  private static final int DNS_NAME = 2; // GeneralName, RFC 5280, 4.2.1.6
  private static final int MAX_OCSP_BYTES = 64 * 1024;

  /**
   * One certificate with its key.
   *
   * @param alias its place in the configuration, as the key manager calls it
   * @param file where it is from, for logs and metrics
   * @param chain leaf first
   */
  record Entry(String alias, Path file, PrivateKey key, List<X509Certificate> chain) {
    String keyType() {
      return key.getAlgorithm();
    }

    X509Certificate leaf() {
      return chain.getFirst();
    }
  }

  private final List<Entry> entries;
  private final Map<String, byte[]> ocsp;
  private final boolean severalKeyTypes;
  private final Map<String, List<Entry>> exact = new HashMap<>();
  private final Map<String, List<Entry>> wildcards = new HashMap<>(); // by what follows the star

  /**
   * @param ocsp responses in DER, by alias
   */
  CertificateSet(List<Entry> entries, Map<String, byte[]> ocsp) {
    this.entries = List.copyOf(entries);
    this.ocsp = Map.copyOf(ocsp);
    this.severalKeyTypes = entries.stream().map(Entry::keyType).distinct().count() > 1;
    for (Entry entry : entries) {
      for (String name : names(entry.leaf())) {
        if (name.startsWith("*.")) {
          wildcards.computeIfAbsent(name.substring(1), _ -> new ArrayList<>()).add(entry);
        } else {
          exact.computeIfAbsent(name, _ -> new ArrayList<>()).add(entry);
        }
      }
    }
  }

  /**
   * Reads all files.
   *
   * @throws IOException if one can't be used; it says which
   */
  static CertificateSet read(ListenerTls config) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Map<String, byte[]> ocsp = new HashMap<>();
    for (ListenerTls.Certificate files : config.certificates()) {
      try {
        List<X509Certificate> chain = Pem.certificates(files.certificate());
        PrivateKey key = Pem.privateKey(files.key());
        Pem.requirePair(chain.getFirst(), key);
        String alias = Integer.toString(entries.size());
        entries.add(new Entry(alias, files.certificate(), key, chain));
        if (files.ocsp() != null) {
          ocsp.put(alias, ocsp(files.ocsp()));
        }
      } catch (IOException e) {
        throw new IOException(
            files.certificate() + " and " + files.key() + ": " + e.getMessage(), e);
      }
    }
    return new CertificateSet(entries, ocsp);
  }

  private static byte[] ocsp(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_OCSP_BYTES + 1);
      if (bytes.length == 0 || bytes.length > MAX_OCSP_BYTES || bytes[0] != 0x30) {
        throw new IOException(file + " is no OCSP response in DER");
      }
      return bytes;
    }
  }

  List<Entry> entries() {
    return entries;
  }

  /** The OCSP response for a certificate, in DER; null if there is none. */
  byte @Nullable [] ocsp(Entry entry) {
    return ocsp.get(entry.alias());
  }

  /** Whether some certificate has an OCSP response. */
  boolean staples() {
    return !ocsp.isEmpty();
  }

  /** Whether there are keys of more than one type: the client's abilities choose between them. */
  boolean severalKeyTypes() {
    return severalKeyTypes;
  }

  @Nullable Entry byAlias(String alias) {
    for (Entry entry : entries) {
      if (entry.alias().equals(alias)) {
        return entry;
      }
    }
    return null;
  }

  /**
   * What a client gets that asks for this name and can deal with keys of this type; null if there
   * is nothing of that type.
   *
   * @param name as the client spells it; empty if it names none
   */
  @Nullable Entry choose(String name, String keyType) {
    List<Entry> named = named(name);
    if (named.isEmpty()) {
      named = entries.subList(0, 1);
    }
    for (Entry entry : named) {
      if (entry.keyType().equals(keyType)) {
        return entry;
      }
    }
    return null;
  }

  /** Whether one of them is for this name. */
  boolean knows(String name) {
    return !named(name).isEmpty();
  }

  private List<Entry> named(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    List<Entry> found = exact.get(plain);
    if (found == null) {
      int dot = plain.indexOf('.');
      found = dot > 0 ? wildcards.get(plain.substring(dot)) : null;
    }
    return found == null ? List.of() : found;
  }

  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (alternative.get(0) instanceof Integer type
              && type == DNS_NAME
              && alternative.get(1) instanceof String name) {
            names.add(name.toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      return List.of(); // it can still be the default
    }
    return names;
  }
}
