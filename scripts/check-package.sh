#!/usr/bin/env bash
# What the package is made of, as its users' tools see it: from the builds that are there (npm run build:dist, npm run
# prebuild).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --ignore-scripts --loglevel=error --pack-destination "$folder" >/dev/null
tarball=$(echo "$folder"/*.tgz)

node scripts/check-release.js "$tarball"
npx --no-install publint run "$tarball" --strict
# esm-only: CommonJS gets at it by require() of a module, which Node has since 20.19.
npx --no-install attw "$tarball" --profile esm-only --format ascii
