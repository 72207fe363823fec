#!/usr/bin/env bash
# Check a release with sha256sum and DuckDB only: bash examples/check_release.sh RELEASE
# DuckDB is its command line (`duckdb`), or its Python package, as `make dataset` installs it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
query=$here/check_release.sql
python=$here/../.venv/bin/python
[ -x "$python" ] || python=python3
cd "$1"
sha256sum --check --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt
echo "files: $(cat manifest-sha256.txt tagmanifest-sha256.txt | wc -l) hashes are right"
if command -v duckdb > /dev/null; then
    duckdb -c ".read '$query'"
else
    "$python" -c "import duckdb, sys; print(duckdb.sql(open(sys.argv[1], encoding='utf-8').read()))" "$query"
fi
