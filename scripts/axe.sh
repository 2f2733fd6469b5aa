#!/bin/sh
# Installs axe-core, which looks in pages for what shuts people out, into target/axe. Says nothing where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

wanted=tests/web/package-lock.json
folder=target/axe

if cmp -s "$wanted" "$folder/package-lock.json"; then
    exit 0
fi

echo "Installing axe-core into $folder" >&2
rm -rf "$folder" "$folder.new"
mkdir -p "$folder.new"
cp tests/web/package.json "$wanted" "$folder.new"
npm ci --prefix "$folder.new" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
# Only now is it whole.
mv "$folder.new" "$folder"
