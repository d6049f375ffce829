#!/usr/bin/env bash
# Plays the demo and looks at its live page in a headless Chromium: a region that dies must be seen within
# a second. With a directory as argument it leaves pictures there, as docs/live-page.md shows them:
#   docs/live-page/check.sh docs/live-page && pngquant --ext .png --force 32 docs/live-page/*.png
set -euo pipefail
cd "$(dirname "$0")/../.."

port=${LIVE_PAGE_PORT:-18460}
admin=$((port + 1))
control=$((port + 2))
say() { printf -- '-- %s\n' "$*"; }
browser=""
for name in chromium chromium-browser google-chrome; do
  browser="${browser:-$(command -v $name || true)}"
done
if [[ -z "$browser" ]] || ! command -v node >/dev/null; then
  say "SKIPPED, the live page was not looked at: there is no Chromium, or no node"
  exit 0
fi

work="$(mktemp -d)"
demo=""
finish() {
  [[ -z "$demo" ]] || { kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; }
  rm -rf "$work"
}
trap finish EXIT

${MERIDIAN:-./meridian} demo --no-tty --for 6m --port $port --admin-port $admin --control-port $control \
  --dir "$work/demo" >"$work/log" 2>&1 &
demo=$!
for _ in $(seq 150); do
  curl -sf -m 2 -o /dev/null "http://127.0.0.1:$admin/readyz" && break
  sleep 0.2
done
head -c 24 /dev/urandom | base64 >"$work/demo/token"
sed -i "s|^admin: { address: \(.*\) }|admin: { address: \1, token_file: token, controls: { pause: 0s } }|" \
  "$work/demo/meridian.yaml"
for _ in $(seq 100); do
  curl -sf -m 2 "http://127.0.0.1:$admin/api/config" | grep -q '"token_file"' && break
  sleep 0.1
done
timeout 240 node docs/live-page/check.mjs "$browser" "http://127.0.0.1:$port/" "http://127.0.0.1:$admin/" \
  "http://127.0.0.1:$control" "$work/demo/token" ${1:+"$(realpath "$1")"} || { tail -20 "$work/log"; exit 1; }
