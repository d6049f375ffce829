package io.meridian.proxy.tls;

import java.security.KeyStore;
import java.security.Provider;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Hands out one key manager that needs no key store. */
final class FixedKeyManagerFactory extends KeyManagerFactory {
  FixedKeyManagerFactory(X509ExtendedKeyManager manager) {
    super(new Spi(manager), new Named(), "fixed");
  }

  private static final class Named extends Provider {
    private static final long serialVersionUID = 1;

    Named() {
      super("meridian", "1", "hands out keys that were read before");
    }
  }

  private static final class Spi extends KeyManagerFactorySpi {
    private final X509ExtendedKeyManager manager;

    Spi(X509ExtendedKeyManager manager) {
      this.manager = manager;
    }

    @Override
    protected void engineInit(@Nullable KeyStore keys, char @Nullable [] password) {
      // nothing to read
    }

    @Override
    protected void engineInit(@Nullable ManagerFactoryParameters parameters) {
      // nothing to read
    }

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {manager};
    }
  }
}
