#include "memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptor.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace readyd {
namespace {

int WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    if (written == 0) return -EIO;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

// Avoids MFD_NOEXEC_SEAL, because it adds another seal. An older journald, such as 252, treats a
// file with any seal besides the four below as unsealed, and accepts it from root only.
int CreateMemfd(const char* name) {
  const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = memfd_create(name, flags | MFD_EXEC);
  // Kernels before 6.3 know neither flag; vm.memfd_noexec=2 allows only MFD_NOEXEC_SEAL.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, flags);
  if (fd < 0 && errno == EACCES) fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  return fd;
}

}  // namespace

int MakeSealedMemfd(const char* name, const void* bytes, size_t size) {
  const int fd = CreateMemfd(name);
  if (fd < 0) return -errno;
  Descriptor memfd(fd);
  const int written = WriteAll(fd, static_cast<const char*>(bytes), size);
  if (written < 0) return written;
  // A reader that shares the offset must start at the beginning.
  if (lseek(fd, 0, SEEK_SET) < 0) return -errno;
  // journald maps a file only when SHRINK, GROW and WRITE are all sealed; SEAL makes that final.
  // No other seal: see above.
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
    return -errno;
  return memfd.Release();
}

int SealsOf(int fd) { return Result(fcntl(fd, F_GET_SEALS)); }

}  // namespace readyd
