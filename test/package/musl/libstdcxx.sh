#!/usr/bin/env bash
# Makes the libstdc++.so.6 that a program for musl asks for: `libstdcxx.sh PROGRAM TARGET`. No registry has one, but Debian's
# static libstdc++ asks nothing of glibc except what glibc.c here stands in for, so long as only those parts of it are taken
# that the program calls. Nothing that knows glibc's locales or streams is among them: then the linker says so, and fails.
# Needs musl-tools, g++ and binutils.
set -euo pipefail
export LC_ALL=C

program=$1
target=$2
here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

names() { awk "$1" | sed 's/@.*//' | sort -u; }

# What the program misses, also what it copies at start-up, as it does with tables of virtual functions; without what musl has.
{
  nm -D "$program" | names '$1 == "U" { print $2 }'
  readelf -rW "$program" | names '$3 == "R_X86_64_COPY" { print $5 }'
} | sort -u >"$scratch/asked"
nm -D --defined-only /lib/ld-musl-x86_64.so.1 | names '{ print $3 }' >"$scratch/musl"
comm -23 "$scratch/asked" "$scratch/musl" >"$scratch/wanted"
{
  echo '{ global:'
  sed 's/$/;/' "$scratch/wanted"
  echo 'local: *; };'
} >"$scratch/exports"

mapfile -t undefined < <(sed 's/^/-Wl,--undefined=/' "$scratch/wanted")
musl-gcc -shared -fPIC -O2 -Wall -Wextra -Werror -o "$scratch/library" -Wl,-soname,libstdc++.so.6 "${undefined[@]}" \
  "$here/glibc.c" "$(g++ -print-file-name=libstdc++.a)" -static-libgcc -lgcc_eh \
  -Wl,--gc-sections -Wl,--version-script="$scratch/exports" -Wl,-z,defs
mv -f "$scratch/library" "$target"
