#!/usr/bin/env bash
# Plays the demo, lets a real Prometheus server scrape it while regions fail, and runs every query of
# the dashboards and alert rules: each must be understood, know its metrics, and return data.
set -euo pipefail
cd "$(dirname "$0")/../.."

port=18470
admin=18471
control=18472
prometheus_port=18473
work="$(mktemp -d)"
started=()
finish() {
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
say() { printf -- '-- %s\n' "$*"; }
answers() { # within a minute
  for _ in $(seq 300); do
    curl -sf -m 2 -o /dev/null "$1" && return 0
    sleep 0.2
  done
  return 1
}

if ! command -v promtool >/dev/null || ! command -v prometheus >/dev/null ||
  ! command -v node >/dev/null; then
  say "installing prometheus and node"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      prometheus nodejs; } >"$work/apt.log" 2>&1 || {
    tail -5 "$work/apt.log"
    say "SKIPPED, the queries were not run: prometheus and node can't be installed"
    exit 0
  }
fi

promtool check rules docs/monitoring/alerts.yaml
promtool test rules docs/monitoring/alerts-test.yaml docs/monitoring/alerts-test-slow.yaml

./meridian demo --no-tty --for 5m --port $port --admin-port $admin --control-port $control \
  --dir "$work/demo" >"$work/demo.log" 2>&1 &
started+=($!)
answers "http://127.0.0.1:$admin/readyz" || { cat "$work/demo.log"; fail "the demo did not start"; }

cat >"$work/prometheus.yaml" <<EOF
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [$PWD/docs/monitoring/alerts.yaml]
scrape_configs:
  - job_name: meridian
    static_configs: [{ targets: ["127.0.0.1:$admin"] }]
EOF
promtool check config "$work/prometheus.yaml" >/dev/null
prometheus --config.file="$work/prometheus.yaml" --storage.tsdb.path="$work/data" \
  --web.listen-address=127.0.0.1:$prometheus_port >"$work/prometheus.log" 2>&1 &
started+=($!)
answers "http://127.0.0.1:$prometheus_port/-/ready" ||
  { cat "$work/prometheus.log"; fail "Prometheus did not start"; }

order() { curl -sSf -m 10 -X POST "http://127.0.0.1:$control/$1"; }
ask() { # so many requests of clients in Germany and the United States
  for _ in $(seq "${1:-10}"); do
    curl -s -m 8 -o /dev/null -H "X-Forwarded-For: 84.128.0.1" "http://127.0.0.1:$port/" || true
    curl -s -m 8 -o /dev/null -X POST -d x -H "X-Forwarded-For: 73.0.0.1" "http://127.0.0.1:$port/" || true
  done
}
sleep 5
order kill/eu-central
ask
order slow/eu-west/700ms
ask
order kill/eu-west # a fence keeps European clients in Europe: now they wait, and are refused
ask 3
sleep 3
order heal/eu-central
order heal/eu-west
ask
sleep 3

curl -sSf "http://127.0.0.1:$admin/metrics" >"$work/metrics"
promtool check metrics <"$work/metrics"
curl -sSf -H 'Accept: application/openmetrics-text; version=1.0.0' "http://127.0.0.1:$admin/metrics" |
  tail -1 | grep -qx '# EOF' || fail "no OpenMetrics on request"
node docs/monitoring/check.mjs "http://127.0.0.1:$prometheus_port" "$work/metrics" \
  docs/monitoring/alerts.yaml docs/monitoring/dashboards/*.json
