#!/usr/bin/env bash
# Builds the image from what `mvn package` left, with no registry and no daemon, and runs it as
# compose and Kubernetes do. Says so and ends well where the kernel forbids containers.
# Needs apt (Debian) and root; a JDK 25 in JAVA_HOME.
set -euo pipefail
cd "$(dirname "$0")/.."

port=18490
admin=18491
backend=18492
most_bytes=150000000
work="$(mktemp -d)"
image=localhost/meridian:check
runs=(meridian-check meridian-check-backend)

say() { printf -- '-- %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  podman logs "${runs[0]}" >&2 2>/dev/null || true
  exit 1
}
skip() {
  printf -- '-- SKIPPED, the image was not built: %s\n' "$*"
  exit 0
}
finish() {
  podman rm -f -t 0 "${runs[@]}" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

[[ $(id -u) == 0 ]] || skip "needs root"
packages=()
for tool in podman buildah runc debootstrap; do
  command -v $tool >/dev/null || packages+=("$tool")
done
if [[ ${#packages[@]} != 0 ]]; then
  command -v apt-get >/dev/null || skip "${packages[*]} not there, and no apt to install them"
  say "installing ${packages[*]}"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${packages[@]}" netavark uidmap; } >"$work/apt.log" 2>&1 ||
    { tail -5 "$work/apt.log"; skip "${packages[*]} can't be installed"; }
fi

cat >"$work/containers.conf" <<'EOF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
pids_limit = 0
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
pull_policy = "never"
EOF
export CONTAINERS_CONF="$work/containers.conf"
build=(buildah --runtime runc build --pull=never --network none --format docker -q)

base=localhost/meridian-check-base:bookworm
if ! podman image exists $base; then
  say "making a base image"
  debootstrap --variant=minbase bookworm "$work/rootfs" >"$work/debootstrap.log" 2>&1 ||
    { tail -5 "$work/debootstrap.log"; skip "no base system can be made"; }
  tar -C "$work/rootfs" --numeric-owner --exclude=./usr/share/doc --exclude=./usr/share/locale \
    --exclude=./var/cache --exclude=./var/lib/apt -c . |
    podman import -q - $base >/dev/null 2>"$work/import.log" ||
    skip "no image can be stored here: $(tail -1 "$work/import.log")"
  rm -rf "$work/rootfs"
fi
printf 'FROM %s\nRUN true\n' $base |
  "${build[@]}" -t localhost/meridian-check-probe - >"$work/probe.log" 2>&1 ||
  skip "no container can run here: $(tail -1 "$work/probe.log")"

say "making an image with the JDK"
mkdir "$work/jdk"
cp -a "$(readlink -f "$JAVA_HOME")" "$work/jdk/openjdk"
certificates="$work/jdk/openjdk/lib/security/cacerts"
if [[ -L $certificates ]]; then # a distribution's; jlink wants the file itself
  cp --remove-destination -L "$JAVA_HOME/lib/security/cacerts" "$certificates"
fi
cat >"$work/jdk/Dockerfile" <<EOF
FROM $base
COPY openjdk /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/bin:/bin
EOF
"${build[@]}" -t localhost/meridian-check-jdk "$work/jdk" >/dev/null
rm -rf "$work/jdk"

say "building the image"
version="$(sed -n 's/.*<artifactId>meridian<\/artifactId><version>\(.*\)<\/version>.*/\1/p' proxy-core/pom.xml)"
"${build[@]}" -f docker/Dockerfile -t $image --build-arg JARS=context \
  --build-arg BUILD_IMAGE=localhost/meridian-check-jdk --build-arg VERSION="$version" . \
  >"$work/build.log" 2>&1 || { cat "$work/build.log"; fail "the image does not build"; }

bytes="$(podman image inspect -f '{{.Size}}' $image)"
say "$((bytes / 1000000)) MB unpacked"
((bytes <= most_bytes)) || fail "more than $((most_bytes / 1000000)) MB"
[[ "$(podman image inspect -f '{{index .Labels "org.opencontainers.image.version"}}' $image)" == "$version" ]] ||
  fail "the labels do not tell the version"

hardened=(--network host --read-only --read-only-tmpfs=false --cap-drop ALL
  --security-opt no-new-privileges --pids-limit 200 --no-healthcheck)
checked=("${hardened[@]}" --rm --memory 128m)
podman run "${checked[@]}" $image version
podman run "${checked[@]}" --entrypoint /bin/sh $image -c true >/dev/null 2>&1 &&
  fail "there is a shell"
# With AOTMode=on a cache that does not fit ends the JVM, instead of being passed over.
podman run "${checked[@]}" --entrypoint /opt/jre/bin/java $image @/opt/meridian/java.options \
  -XX:AOTMode=on -jar /opt/meridian/meridian.jar version >/dev/null || fail "the AOT cache is void"

podman run -d --name "${runs[1]}" "${hardened[@]}" --memory 128m $image \
  backend --name here --port $backend >/dev/null
cat >"$work/meridian.yaml" <<EOF
version: 1
edge: { name: check }
listeners: [{ name: public, address: "127.0.0.1:$port" }]
admin: { address: "127.0.0.1:$admin" }
regions: [{ name: here, endpoints: [{ url: "http://127.0.0.1:$backend" }] }]
health: { http: { path: /healthz } }
routes: [{ name: all }]
EOF
chmod 755 "$work"
until curl -so /dev/null "http://127.0.0.1:$backend/healthz"; do sleep 0.05; done
podman create --name "${runs[0]}" "${hardened[@]/--no-healthcheck/--log-driver=k8s-file}" \
  --memory 256m -v "$work/meridian.yaml:/etc/meridian/meridian.yaml:ro" $image >/dev/null
podman start "${runs[0]}" >/dev/null 2>&1
for _ in $(seq 2000); do
  curl -sf -m 2 -o "$work/answer" "http://127.0.0.1:$port/" && break
  sleep 0.02
done
answered="$(date +%s%N)"
grep -q '^here' "$work/answer" 2>/dev/null || fail "no answer through the proxy"
pid="$(podman inspect -f '{{.State.Pid}}' "${runs[0]}")"
# When the process began: in clock ticks since boot, by the same clock as /proc/uptime.
begun="$(awk '{ print $22 }' "/proc/$pid/stat")"
uptime="$(cut -d ' ' -f 1 /proc/uptime)"
now="$(date +%s%N)"
awk -v b="$begun" -v u="$uptime" -v n="$now" -v a="$answered" -v hz="$(getconf CLK_TCK)" 'BEGIN {
  printf "-- first answer %.2f s after the start of the process\n", u - b / hz - (n - a) / 1e9 }'

status() { awk -v k="$1:" '$1 == k { print $2 }' "/proc/$pid/status"; }
[[ "$(status Uid)" == 10001 && "$(status CapEff)" == 0000000000000000 && "$(status NoNewPrivs)" == 1 ]] ||
  fail "it runs with more rights than it should"
grep -qE ' / / ro[, ]' "/proc/$pid/mountinfo" || grep -qE ' / ro[, ]' "/proc/$pid/mountinfo" ||
  fail "its root can be written to"
heap="$(curl -sf "http://127.0.0.1:$admin/metrics" |
  awk '/^jvm_memory_max_bytes[{]area="heap"/ { sum += $NF } END { print int(sum) }')"
say "heap at most $((heap / 1048576)) MiB of 256; resident $(($(status VmRSS) / 1024)) MiB"
((heap > 60000000 && heap < 95000000)) || fail "the heap does not follow the container's limit"
podman healthcheck run "${runs[0]}" >/dev/null 2>&1 || fail "the health check fails"
podman cp "${runs[0]}:/opt/meridian/meridian.cdx.json" "$work/sbom.json"
grep -q '"bomFormat" *: *"CycloneDX"' "$work/sbom.json" && grep -q netty-codec-http "$work/sbom.json" ||
  fail "the bill of materials lacks what is inside"

podman stop -t 20 "${runs[0]}" >/dev/null 2>&1
code="$(podman inspect -f '{{.State.ExitCode}}' "${runs[0]}")"
[[ "$code" == 0 ]] || fail "stopped with $code"
say "the image is well"
