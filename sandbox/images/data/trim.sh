#!/bin/bash
# Runs in the folder of the packages. Removes tests, headers, and parts of Arrow that nothing here
# calls.
set -euo pipefail
find . -type d -name tests -not -path './numpy/_core/tests' -prune -exec rm -r {} +
# numpy.testing needs one of these.
find numpy/_core/tests -mindepth 1 -not -name _natype.py -not -name __init__.py -delete
rm -r pyarrow/include pyarrow/src pyarrow/*flight* pyarrow/*s3*
find . -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' | xargs rm
