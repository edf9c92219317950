// Preloaded: the send buffers of a program stay at net.core.wmem_default, 208 KiB; a service without privileges gets twice
// net.core.wmem_max, which is as much again where nobody has raised it. That is the machine's, and no namespace has its own.
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
