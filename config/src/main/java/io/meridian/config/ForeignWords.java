package io.meridian.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What other proxies call our keys: nginx, HAProxy, Envoy, Traefik, Caddy, Kubernetes. */
final class ForeignWords {
  private static final Map<String, List<String>> MEANINGS = new HashMap<>();

  static {
    words("regions", "upstreams upstream clusters pools datacenters zones origins services");
    words("regions.endpoints", "backends backend servers server targets members nodes instances");
    words("regions.endpoints.url", "proxy_pass address uri target addr server endpoint");
    words("regions.location", "coordinates position geo_location");
    words("regions.location.latitude", "lat");
    words("regions.location.longitude", "lon lng long");
    words("regions.dial", "traffic_dial percentage");
    words("regions.name", "id region title label");
    words("listeners", "frontends frontend entry_points entrypoints servers_listen");
    words("listeners.address", "listen bind port ports host addr socket");
    words(
        "listeners.trusted_proxies",
        "set_real_ip_from trusted_cidrs trusted_ips forwarded_headers real_ip xff_trusted");
    words("listeners.tls", "ssl https certificate_file ssl_certificate");
    words("listeners.tls.certificates", "certs cert keys pem crt");
    words("listeners.tls.certificates.certificate", "cert chain cert_file fullchain crt file");
    words("listeners.tls.certificates.key", "private_key key_file ssl_certificate_key pem_key");
    words("listeners.tls.certificates.ocsp", "ocsp_response ssl_stapling_file stapling staple");
    words("listeners.tls.min_version", "protocols ssl_protocols ssl_min_ver tls_min_version");
    words("listeners.tls.ciphers", "cipher_suites ssl_ciphers ciphersuites");
    words("listeners.tls.resumption", "session_tickets ssl_session_tickets tickets sessions");
    words("listeners.tls.client_auth", "verify ssl_verify_client verify_client mtls");
    words("listeners.tls.client_ca", "ca_file ssl_client_certificate trusted_ca ca client_cas");
    words("listeners.tls.unknown_names", "strict_sni sni_strict ssl_reject_handshake");
    words("listeners.proxy_protocol", "accept_proxy proxy_header send_proxy");
    words("listeners.redirect_to_https", "redirect https_redirect ssl_redirect redirect_scheme");
    words("listeners.hsts", "strict_transport_security sts");
    words("listeners.hsts.include_subdomains", "subdomains includesubdomains");
    words("health", "health_check health_checks healthcheck checks probes probe");
    words(
        "health.fall",
        "max_fails unhealthy_threshold consecutive_5xx consecutive_failures failure_threshold"
            + " failures error_limit");
    words("health.rise", "healthy_threshold success_threshold passes successes");
    words("health.interval", "inter period period_seconds fail_timeout");
    words("health.burst_interval", "fastinter downinter");
    words("health.timeout", "timeout_seconds check_timeout");
    words("health.http", "http_get httpchk");
    words("health.http.statuses", "expected_statuses expected_status expect_status status_codes");
    words("health.http.body_contains", "expect_body body match_body");
    words("health.tls.server_name", "sni");
    words("routes", "rules virtual_hosts vhosts locations paths_rules ingress");
    words("routes.match", "matches matcher condition conditions rule");
    words("routes.match.hosts", "server_name server_names domains hostnames host domain");
    words("routes.match.paths", "path prefix path_prefix prefixes path_prefixes uris location");
    words("routes.match.methods", "method verbs");
    words("routes.match.headers", "header header_match");
    words("routes.policy", "strategy balance lb_policy algorithm load_balancing");
    words("routes.affinity", "sticky stick session_affinity stickiness session_persistence");
    words("routes.affinity.name", "cookie cookie_name");
    words("routes.affinity.key_file", "key secret secret_file");
    words("routes.affinity.max_age", "ttl expires");
    words("routes.steer", "redirect steering redirect_to_region");
    words("regions.public_url", "public public_address external_url url");
    words("routes.data", "consistency replication data_aware");
    words("routes.data.read_your_writes", "sticky_writes read_after_write session_consistency");
    words("routes.data.read_your_writes.keep", "for ttl duration");
    words("routes.data.max_lag", "max_replication_lag max_staleness lag");
    words("routes.data.replay", "fly_replay app_replay");
    words("health.replica", "replication lag data");
    words("routes.primary", "writer write_region leader write");
    words("routes.canary.percent", "percentage share");
    words("routes.geolocation", "geo_match rules_by_place geo_rules region_pools country_pools");
    words("routes.deadline", "timeout request_timeout proxy_read_timeout max_time");
    words("routes.cache", "proxy_cache caching cache_policy http_cache");
    words("routes.cache.stale_if_error", "proxy_cache_use_stale grace use_stale");
    words("routes.cache.stale_while_revalidate", "proxy_cache_background_update swr");
    words("routes.cache.coalesce", "proxy_cache_lock collapse collapsing");
    words("cache.max_bytes", "max_size size memory");
    words("cache.max_object", "max_object_size maximum_object_size");
    words("fences", "residency geo_fences geofences restrictions policies");
    words("fences.allow", "allowed allow_regions allowed_regions whitelist only");
    words("fences.deny", "denied deny_regions denied_regions blacklist forbid exclude block");
    words("fences.when", "match if clients applies_to");
    words("fences.when.client_country", "country countries client_countries");
    words("fences.when.client_continent", "continent continents client_continents");
    words("fences.when.client_prefix", "cidr cidrs prefix prefixes networks client_prefixes");
    words("fences.status", "status_code code");
    words("geo.city", "database db mmdb file geoip geoip2 city_db path");
    words("geo.asn", "asn_db isp");
    words("geo.overrides", "prefixes networks");
    words("geo.overrides.prefix", "cidr network");
    words("geo.overrides.subdivision", "state province");
    words("failover", "retry retries retry_policy");
    words("failover.attempts", "tries max_retries num_retries max_attempts retries");
    words("failover.budget", "retry_budget");
    words("failover.replay_body", "max_replay_body buffer_size");
    words("failover.retry_on", "retry_statuses proxy_next_upstream");
    words("timeouts.request_head", "client_header_timeout read_header_timeout http_request");
    words("timeouts.request_body", "client_body_timeout read_timeout");
    words("timeouts.connect", "proxy_connect_timeout connect_timeout");
    words("timeouts.idle", "keepalive_timeout idle_timeout keep_alive http_keep_alive");
    words("timeouts.drain", "drain_timeout shutdown grace_period graceful_shutdown");
    words("limits.body", "client_max_body_size max_body max_body_size");
    words("limits.head", "large_client_header_buffers max_header_size max_head");
    words("limits.client.connections", "limit_conn max_conn_per_ip per_ip_connections");
    words(
        "limits.client.requests_per_connection", "keepalive_requests max_requests_per_connection");
    words("limits.client.connection_age", "keepalive_time max_connection_duration");
    words("limits.client.rate_limit", "limit_req ratelimit rate");
    words("limits.connections", "max_connections maxconn worker_connections");
    words("limits.upstream_idle_connections", "keepalive max_idle_conns");
    words("workers", "worker_processes threads nbthread concurrency");
    words("transport", "event_loop io engine");
    words("access_log", "access_logs accesslog");
    words("log", "logging logs log_level loglevel error_log");
    words("tracing", "trace opentelemetry otel telemetry traces");
    words("tracing.otlp", "exporter collector otlp_endpoint");
    words("admin.token_file", "token secret password");
    words("admin.address", "listen bind port");
    words("edge", "node site");
  }

  private ForeignWords() {}

  /** Paths of the keys that may be meant, without list indexes. */
  static List<String> meaning(String word) {
    String plain = word.toLowerCase(Locale.ROOT).replace('-', '_');
    return MEANINGS.getOrDefault(plain, List.of());
  }

  /** Every path that some word stands for. */
  static List<String> targets() {
    return MEANINGS.values().stream().flatMap(List::stream).distinct().toList();
  }

  private static void words(String path, String words) {
    for (String word : words.split(" ", -1)) {
      MEANINGS.computeIfAbsent(word, _ -> new ArrayList<>()).add(path);
    }
  }
}
