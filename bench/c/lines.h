// The protocol of the bench's programs: a line on stdin asks for a number of datagrams, and the program answers with one
// line on stdout. Times are CLOCK_MONOTONIC in nanoseconds, which all processes of the machine share.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void fail(const char* what) {
  perror(what);
  exit(1);
}

// The number on the next line of stdin, 0 at its end.
static inline long next_count(void) {
  char line[32];
  return fgets(line, sizeof(line), stdin) == NULL ? 0 : strtol(line, NULL, 10);
}
