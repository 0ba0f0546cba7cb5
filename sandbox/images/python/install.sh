#!/bin/bash
# Installs the packages that /src/requirements.txt locks by hash into /out, for the Python of
# Debian, then runs /src/trim.sh if it exists. Everything is compiled once, here: a pod that
# compiles when it starts takes seconds and tens of MiB more.
set -euo pipefail

site=/out/usr/local/lib/python3.11/dist-packages
export PIP_ROOT_USER_ACTION=ignore
pip install --root /out --ignore-installed --break-system-packages --no-build-isolation --no-compile \
  --progress-bar off --require-hashes --requirement /src/requirements.txt
[ ! -e /src/trim.sh ] || (cd "$site" && bash /src/trim.sh)
# Compiled files do not depend on the times of their sources: those change with every build.
python3 -m compileall -q -j 0 -s /out --invalidation-mode unchecked-hash "$site"
du -sh "$site"/* | sort -h | tail -8
