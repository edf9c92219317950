#define _GNU_SOURCE
// receiver PATH QUEUE: plays the manager or journald at PATH, with a queue of QUEUE datagrams.
//
// For each line COUNT on stdin it takes COUNT datagrams out of the queue, as systemd and journald do: epoll_wait(2), and a
// recvmsg(2) that also takes the credentials and descriptors, for each one. Then it prints the bytes and the number of
// datagrams. The number is below COUNT if no datagram came for five seconds. Between the lines it takes nothing, like a
// stalled manager.
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lines.h"

// The kernel reads this setting when it creates a socket. The run has its own network namespace, so the host keeps its value.
static void set_queue(const char* length) {
  FILE* file = fopen("/proc/sys/net/unix/max_dgram_qlen", "w");
  if (file == NULL || fputs(length, file) < 0 || fclose(file) != 0) fail("max_dgram_qlen");
}

static int bind_socket(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  const int on = 1;
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  // systemd needs the sender of each datagram, so the kernel must attach the credentials.
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) fail("SO_PASSCRED");
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) < 0) fail("bind");
  return fd;
}

static int watch(int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  const int loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll");
  return loop;
}

// Finds the sender's unit by its cgroup, as systemd and journald do.
static void find_unit(pid_t pid) {
  char path[64], text[256];
  snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, text, sizeof(text)) < 0) fail(path);
  close(fd);
}

static ssize_t take(int loop, int fd) {
  static char buffer[1 << 20];
  static char control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * 253)];
  struct epoll_event event;
  if (epoll_wait(loop, &event, 1, 5000) != 1) return -1;
  struct iovec data = {buffer, sizeof(buffer)};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
  const ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header))
    if (header->cmsg_type == SCM_CREDENTIALS) find_unit(((struct ucred*)CMSG_DATA(header))->pid);
  return size;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  set_queue(argv[2]);
  const int fd = bind_socket(argv[1]);
  const int loop = watch(fd);
  puts("ready");
  fflush(stdout);
  for (long count; (count = next_count()) > 0;) {
    long taken = 0;
    int64_t bytes = 0;
    for (; taken < count; ++taken) {
      const ssize_t size = take(loop, fd);
      if (size < 0) break;
      bytes += size;
    }
    printf("%ld %ld\n", (long)bytes, taken);
    fflush(stdout);
  }
}
