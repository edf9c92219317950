// The allocation operators over malloc, so that the addon needs libc alone and no libstdc++ at run
// time. Nothing here throws: without memory the process ends, as it does in the runtime itself.
#include <stddef.h>
#include <stdlib.h>

#include <new>
#include <string>

namespace {

void* Allocate(size_t size) {
  void* memory = malloc(size > 0 ? size : 1);
  if (memory == nullptr) abort();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }

// The only member of std::string that node-addon-api needs, in an inline destructor.
template void std::string::_M_dispose();

// What the compiler calls for a pure virtual function without an implementation.
extern "C" __attribute__((visibility("hidden"))) void
__cxa_pure_virtual() {  // NOLINT(*reserved-identifier,cert-dcl*)
  abort();
}
