#!/bin/bash
# Runs in the folder of the packages. SQL on files needs neither the Hive catalog, nor the shell of
# Spark Connect, nor a state store on disk, and all machines here are Linux on amd64.
set -euo pipefail
shopt -s extglob
cd pyspark
rm -r examples data jars/connect-repl
# hive-storage-api reads ORC files.
rm jars/spark-hive*.jar jars/hive-!(storage-api*).jar jars/datanucleus-*.jar jars/derby-*.jar jars/rocksdbjni-*.jar
rm -f jars/netty-*-{osx,windows}-*.jar jars/netty-*-aarch_64.jar jars/netty-*-riscv64.jar
