#!/bin/sh
# train.sh JAVA DIR: a cache of loaded and linked classes and of profiles (JEP 483, 514, 515), as the launcher's.
set -eu
java=$1
dir=$2

log=$(mktemp)
if ! timeout 180 "$java/bin/java" -Djava.library.path="$dir/native" -jar "$dir/meridian.jar" \
  train --cache "$dir/meridian.aot" --log "$log" -- \
  -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx256m \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -Djava.library.path="$dir/native" -DZstdNativePath="$dir/native/libzstd-jni.so" \
  -Dio.netty.noUnsafe=false -Dio.netty.leakDetection.level=disabled -Dio.netty.jfr.enabled=false \
  -Djdk.reflect.useNativeAccessorOnly=true ||
  [ ! -s "$dir/meridian.aot" ]; then
  cat "$log" >&2
  exit 70
fi
chmod a=r,u+w "$dir/meridian.aot"
rm "$log"
