// A preloaded library that keeps the send buffers of a program at net.core.wmem_default, 208 KiB. A service without
// privileges could get twice net.core.wmem_max. That setting belongs to the whole machine: namespaces cannot change it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  static int (*next)(int, int, int, const void *, socklen_t);
  if (level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_SNDBUFFORCE)) {
    errno = EPERM;
    return -1;
  }
  if (next == NULL) next = dlsym(RTLD_NEXT, "setsockopt");
  return next(fd, level, name, value, size);
}
