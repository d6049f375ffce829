#!/bin/sh
# jars.sh build|context DIR: the program's jar, its libraries, and their native parts unpacked.
set -eu
from=$1
to=$2

case $from in
  build) mvn -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip=true package ;;
  context) ;;
  *)
    echo "JARS=$from (expected: build or context)" >&2
    exit 64
    ;;
esac
set -- proxy-core/target/proxy-core-*.jar
if [ ! -f "$1" ] || [ ! -d proxy-core/target/lib ]; then
  echo "JARS=context, but nothing is built here: run mvn package first" >&2
  exit 66
fi

if [ ! -f proxy-core/target/meridian.cdx.json ]; then
  echo "there is no bill of materials: its Maven plugin runs online only, so leave out -o once" >&2
  exit 66
fi

mkdir -p "$to/lib" "$to/native"
cp "$1" "$to/meridian.jar"
cp proxy-core/target/lib/*.jar "$to/lib/"
cp proxy-core/target/meridian.cdx.json docker/image/*.options LICENSE NOTICE "$to/"

# Libraries for this machine only; the class path names the others, and does without them.
case $(uname -m) in
  x86_64) rm -f "$to"/lib/*-linux-aarch_64.jar "$to"/lib/*-linux_aarch64.jar ;;
  aarch64) rm -f "$to"/lib/*-linux-x86_64.jar "$to"/lib/*-linux_amd64.jar ;;
esac
unpacked=$(mktemp -d)
for jar in "$to"/lib/*-linux-*.jar; do
  (cd "$unpacked" && "${JAVA_HOME:?}/bin/jar" xf "$jar" META-INF/native)
done
cp "$unpacked"/META-INF/native/*.so "$to/native/"
for jar in "$to"/lib/zstd-jni-*-linux_*.jar; do
  (cd "$unpacked" && "$JAVA_HOME/bin/jar" xf "$jar" linux)
  cp "$unpacked"/linux/*/libzstd-jni-*.so "$to/native/libzstd-jni.so"
done
rm -rf "$unpacked"
# Read by anybody, written by nobody.
chmod -R a=rX,u+w "$to"
