// Sealed memory files, for journal entries and stored data that exceed a datagram.
#ifndef READYD_NATIVE_MEMFD_H_
#define READYD_NATIVE_MEMFD_H_

#include <stddef.h>

namespace readyd {

// Returns a close-on-exec memfd with these bytes sealed against all changes, or -errno.
int MakeSealedMemfd(const char* name, const void* bytes, size_t size);
// Returns the F_SEAL_ bits of a file, or -errno: -EINVAL for a file that does not support seals.
int SealsOf(int fd);

}  // namespace readyd

#endif  // READYD_NATIVE_MEMFD_H_
