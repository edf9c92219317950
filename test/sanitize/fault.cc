// One error of each kind that the sanitizers are there to catch, made while the file is loaded: $FAULT says which.
#include <stdlib.h>
#include <string.h>

namespace {

volatile int past_the_end = 8;
volatile int largest = 0x7fffffff;
void* volatile kept = nullptr;

__attribute__((constructor)) void Fault() {
  const char* kind = getenv("FAULT");
  if (kind == nullptr) return;
  if (strcmp(kind, "overflow") == 0) static_cast<volatile char*>(malloc(8))[past_the_end] = 1;
  if (strcmp(kind, "undefined") == 0) largest = largest + 1;
  if (strcmp(kind, "leak") == 0) {
    kept = malloc(100);
    kept = nullptr;
  }
}

}  // namespace
