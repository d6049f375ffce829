#!/bin/sh
# runtime.sh JAVA DIR: a Java runtime of the modules that Meridian in DIR needs.
set -eu
java=$1

# java.desktop and java.sql are named by libraries for features that are not used.
# The HTTP client and server are the demo's and the commands'; jdk.jcmd is there for thread dumps and heap figures of a running container.
modules=java.base,java.logging,java.management,java.naming,java.xml,java.net.http,jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.management,jdk.unsupported
"${JAVA_HOME:?}/bin/jlink" --add-modules "$modules" --output "$java" \
  --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-6
