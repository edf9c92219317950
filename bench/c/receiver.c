// receiver PATH QUEUE: plays the manager or journald at PATH, with a queue of QUEUE datagrams.
//
// For each line COUNT on stdin it takes COUNT datagrams out of the queue, one recv(2) each, and prints
// the bytes and the number of them: fewer than COUNT when nothing has come for five seconds. Between the lines
// it takes nothing: a manager that is stalled.
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lines.h"

// The queue of a socket is as long as this said when the socket was made. The run is in a network namespace of its own.
static void set_queue(const char* length) {
  FILE* file = fopen("/proc/sys/net/unix/max_dgram_qlen", "w");
  if (file == NULL || fputs(length, file) < 0 || fclose(file) != 0) fail("max_dgram_qlen");
}

static int bind_socket(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  const int on = 1;
  const struct timeval patience = {.tv_sec = 5};
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  // systemd wants to know of each datagram who sent it, and so the kernel has to note it.
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) fail("SO_PASSCRED");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) fail("SO_RCVTIMEO");
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) < 0) fail("bind");
  return fd;
}

int main(int argc, char** argv) {
  static char buffer[1 << 20];
  if (argc != 3) return 2;
  set_queue(argv[2]);
  const int fd = bind_socket(argv[1]);
  puts("ready");
  fflush(stdout);
  for (long count; (count = next_count()) > 0;) {
    long taken = 0;
    int64_t bytes = 0;
    for (; taken < count; ++taken) {
      const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
      if (size < 0) break;
      bytes += size;
    }
    printf("%ld %ld\n", (long)bytes, taken);
    fflush(stdout);
  }
}
