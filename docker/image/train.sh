#!/bin/sh
# train.sh JAVA DIR: a cache of loaded and linked classes (JEP 483, 514, 515), from seconds of the demo.
set -eu
java=$1
dir=$2

log=$(mktemp)
if ! timeout 180 "$java/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx256m \
  --enable-native-access=ALL-UNNAMED -Djava.library.path="$dir/native" \
  -DZstdNativePath="$dir/native/libzstd-jni.so" \
  -Dio.netty.leakDetection.level=disabled -Dio.netty.jfr.enabled=false -Djdk.reflect.useNativeAccessorOnly=true \
  -XX:AOTCacheOutput="$dir/meridian.aot" -jar "$dir/meridian.jar" \
  demo --no-tty --for 5s --port 0 --admin-port 0 --control-port 0 >"$log" 2>&1 ||
  [ ! -s "$dir/meridian.aot" ]; then
  cat "$log" >&2
  exit 70
fi
chmod a=r,u+w "$dir/meridian.aot"
rm "$log"
