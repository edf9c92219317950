#!/usr/bin/env bash
# Fuzzes the code of the addon that reads input from outside, under ASan and UBSan: fuzz/run.sh [SECONDS]. Writes the input
# that causes a fault to build/fuzz; `build/fuzz/received FILE` repeats the fault. Needs clang and its runtime (apt-get
# install clang libclang-rt-dev).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
out=build/fuzz
mkdir -p "$out/corpus"
command -v clang++ >/dev/null || {
  echo 'fuzz/run.sh: clang++ is not installed (apt-get install clang libclang-rt-dev)' >&2
  exit 1
}

build() { # OUTPUT FLAG…
  clang++ -std=c++17 -g -O1 -fno-exceptions -fno-rtti -Wall -Wextra -Werror -Wno-unused-function \
    -fno-sanitize-recover=all "${@:2}" fuzz/received.cc native/descriptor.cc -o "$1"
}

run() { # PROGRAM SECONDS
  "$1" -max_total_time="$2" -max_len=4096 -timeout=5 -print_final_stats=1 -artifact_prefix="$out/" "$out/corpus"
}

build "$out/received" -fsanitize=fuzzer,address,undefined
run "$out/received" "$seconds" 2>&1 | tee "$out/log" | grep -E 'ERROR|SUMMARY|runtime error|Test unit|stat::number_of_executed|DONE' || true
grep -q 'stat::number_of_executed_units' "$out/log" && ! grep -qE 'ERROR: |runtime error' "$out/log"
