#!/usr/bin/env bash
# Checks the package as the tools of its users see it. Needs the builds (npm run build:dist, npm run
# prebuild).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(node scripts/pack.js "$folder")

node scripts/check-release.js "$tarball"
npx --no-install publint run "$tarball" --strict
npx --no-install attw "$tarball" --format ascii
