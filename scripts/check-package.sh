#!/usr/bin/env bash
# What the package is made of, as its users' tools see it: from the builds that are there (npm run build:dist, npm run
# prebuild).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(node scripts/pack.js "$folder")

node scripts/check-release.js "$tarball"
npx --no-install publint run "$tarball" --strict
npx --no-install attw "$tarball" --format ascii
