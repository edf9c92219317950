// Sealed memory files: how a journal entry or stored data larger than a datagram travels.
#ifndef READYD_NATIVE_MEMFD_H_
#define READYD_NATIVE_MEMFD_H_

#include <stddef.h>

namespace readyd {

// Returns a close-on-exec memfd with these bytes sealed against all changes, or -errno.
int MakeSealedMemfd(const char* name, const void* bytes, size_t size);
// Returns the F_SEAL_ bits of a file, or -errno: -EINVAL for one that cannot have any.
int SealsOf(int fd);

}  // namespace readyd

#endif  // READYD_NATIVE_MEMFD_H_
