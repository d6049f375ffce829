#!/bin/sh
# root.sh JAVA DIR ROOT: the image's root: runtime, program, and the C libraries that these load.
set -eu
java=$1
dir=$2
root=$3

mkdir -p "$root/opt" "$root/etc/meridian" "$root/usr/share/GeoIP" "$root/tmp"
chmod 1777 "$root/tmp"
cp -a "$java" "$root/opt/jre"
cp -a "$dir" "$root/opt/meridian"

# Each at the path where the loader looks for it, links followed.
needed=$(find "$java" "$dir/native" -type f \( -name '*.so' -o -path '*/bin/java' \) -exec \
  env LD_LIBRARY_PATH="$java/lib:$java/lib/server" ldd {} + 2>/dev/null)
if printf '%s\n' "$needed" | grep 'not found'; then
  exit 69
fi
printf '%s\n' "$needed" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) .*/\1/p' |
  grep -v "^$java/" | sort -u |
  while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
