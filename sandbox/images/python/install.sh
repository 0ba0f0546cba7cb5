#!/bin/bash
# Installs what /src/requirements.txt locks by its hashes into /out, for Debian's own Python, then runs /src/trim.sh if there is one. Everything is
# compiled here, once: a pod that compiles at its start takes seconds and tens of MiB more.
set -euo pipefail

site=/out/usr/local/lib/python3.11/dist-packages
export PIP_ROOT_USER_ACTION=ignore
pip install --root /out --ignore-installed --break-system-packages --no-build-isolation --no-compile \
  --progress-bar off --require-hashes --requirement /src/requirements.txt
[ ! -e /src/trim.sh ] || (cd "$site" && bash /src/trim.sh)
# Without their sources' times: those change when an image is made.
python3 -m compileall -q -j 0 -s /out --invalidation-mode unchecked-hash "$site"
du -sh "$site"/* | sort -h | tail -8
