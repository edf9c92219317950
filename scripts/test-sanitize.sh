#!/usr/bin/env bash
# Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer beside the ordinary build, and runs the tests that
# exercise it, a leak check, and the fuzzers for five seconds on that build. Arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/build/sanitize
reports=$out/reports
sanitizers=address,undefined

fail() {
  echo "test-sanitize.sh: $*" >&2
  exit 1
}

# A new folder with links to the sources: node-gyp always builds into ./build, and empties it first.
build() {
  rm -rf "$out"
  mkdir -p "$reports"
  ln -s ../../binding.gyp ../../native ../../node_modules "$out/"
  npx --no-install node-gyp rebuild -C "$out" -- "-Dreadyd_sanitize=$sanitizers" >"$out/log" 2>&1 || {
    cat "$out/log" >&2
    fail 'the sanitized build failed'
  }
  # Errors made on purpose, compiled the same way: they prove that the sanitizers would catch an error.
  g++ -shared -fPIC -g "-fsanitize=$sanitizers" -fno-sanitize-recover=all test/sanitize/fault.cc -o "$out/fault.node"
}

# The leak check covers only node, not the shells and interpreters that tests start (%b is a program's name), and ignores the
# leaks of node itself. A stack has two frames: the second is the caller of malloc, so a leak of the addon does not count as
# one of node, which called the addon. test/runtimes.sh installs the other Nodes that tests run on.
look_for_leaks() {
  local node
  node=$(realpath "$(node -p process.execPath)")
  echo detect_leaks=1 >"$out/options.$(basename "$node")"
  printf 'leak:^%s$\n' "$node" >"$out/suppressions"
  printf 'leak:^%s/readyd/node/*/node$\n' "${XDG_CACHE_HOME:-$HOME/.cache}" >>"$out/suppressions"
  # The addons of vitest's own tools.
  printf 'leak:^%s/*.node$\n' "$(realpath node_modules)" >>"$out/suppressions"
}

build
look_for_leaks
npm run --silent build:dist

# A report may end a worker or a child that the test expects to die, and the test passes. The files still show the report.
export READYD_NATIVE=$out/build/Release/readyd.node READYD_FAULT=$out/fault.node
export ASAN_OPTIONS=detect_leaks=0:include_if_exists=$out/options.%b:malloc_context_size=2:log_path=$reports/report
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$reports/report
export LSAN_OPTIONS=suppressions=$out/suppressions:print_suppressions=0
runtime="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
status=0
LD_PRELOAD=$runtime node node_modules/vitest/vitest.mjs run --config vitest.sanitize.config.ts "$@" || status=$?
LD_PRELOAD=$runtime node fuzz/fuzz.js --seconds 5 --seed 7 || status=$?

if [ -n "$(ls -A "$reports")" ]; then
  cat "$reports"/* >&2
  fail 'the sanitizers have found something'
fi
exit "$status"
