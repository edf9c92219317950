#!/usr/bin/env bash
# Format and static analysis of native/. Needs clang-format and clang-tidy (apt-get install clang-format clang-tidy);
# the styles are in .clang-format and .clang-tidy. `check-native.sh --fix` reformats instead of complaining.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "check-native.sh: $*" >&2
  exit 1
}

# Finds node_api.h: in the headers that npm is set up to build with, beside this node, or where node-gyp has downloaded
# them for an earlier build.
node_headers() {
  local prefix version folder
  prefix=$(npm config get nodedir 2>/dev/null)
  version=$(node -p process.versions.node)
  for folder in "$prefix/include/node" "$(dirname "$(node -p process.execPath)")/../include/node" \
    "${XDG_CACHE_HOME:-$HOME/.cache}/node-gyp/$version/include/node"; do
    [ -e "$folder/node_api.h" ] || continue
    echo "$folder"
    return
  done
  fail "the headers of Node $version are nowhere; run 'npm run build:native' first, which fetches them"
}

for tool in clang-format clang-tidy; do
  command -v "$tool" >/dev/null || fail "$tool is not installed (apt-get install $tool)"
done

if [ "${1:-}" = --fix ]; then
  exec clang-format -i native/*.cc native/*.h
fi
clang-format --dry-run -Werror native/*.cc native/*.h

headers=$(node_headers)
# The flags of binding.gyp that change the meaning of the code. -isystem: ignore findings in headers of other projects.
flags=(-x c++ -std=c++17 -fno-exceptions -fno-rtti
  -DNAPI_VERSION=8 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS -DNODE_ADDON_API_DISABLE_DEPRECATED
  -isystem "$headers" -isystem "$(node -p "require('node-addon-api').include_dir")")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# For each file, clang-tidy prints how many findings it suppressed; no option turns that off.
clang-tidy --quiet native/*.cc -- "${flags[@]}" >"$log" 2>&1 || {
  grep -v '^[0-9]* warnings\? generated\.$' "$log" >&2
  fail 'clang-tidy has findings'
}
echo "native/: $(ls native/*.cc | wc -l) files formatted and without findings"
