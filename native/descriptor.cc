#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace readyd {

int Result(int result) { return result < 0 ? -errno : result; }

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

int Descriptor::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

OwnedDescriptors::~OwnedDescriptors() {
  for (size_t i = 0; i < length_; ++i) close(fds_[i]);
  free(fds_);
}

int OwnedDescriptors::Add(int fd) {
  if (fd < 0) return fd;
  if (length_ == capacity_) {
    const size_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    int* grown = static_cast<int*>(realloc(fds_, capacity * sizeof(int)));
    if (grown == nullptr) {
      close(fd);
      return -ENOMEM;
    }
    fds_ = grown;
    capacity_ = capacity;
  }
  fds_[length_++] = fd;
  return fd;
}

int OwnedDescriptors::Disown(int fd) {
  for (size_t i = length_; i-- > 0;) {
    if (fds_[i] != fd) continue;
    fds_[i] = fds_[--length_];
    return fd;
  }
  return -EBADF;
}

int OwnedDescriptors::Close(int fd) {
  const int owned = Disown(fd);
  // Not retried after EINTR: Linux has already closed the descriptor.
  if (owned >= 0) close(owned);
  return owned < 0 ? owned : 0;
}

int StatDescriptors(int first, size_t count, double* files) {
  // The kernel's structure equals libc's on 64-bit systems only.
  static_assert(sizeof(void*) == 8, "SYS_fstat has another structure on 32-bit systems");
  for (size_t i = 0; i < count; ++i) {
    struct stat file = {};
    // By number: glibc has the symbol since 2.33. The unsigned sum cannot overflow.
    if (syscall(SYS_fstat, static_cast<unsigned int>(first) + i, &file) < 0)
      return i > 0 ? static_cast<int>(i) : -errno;
    *files++ = static_cast<double>(file.st_dev);
    *files++ = static_cast<double>(file.st_ino);
    *files++ = static_cast<double>(file.st_mode);
  }
  return static_cast<int>(count);
}

int SetCloseOnExec(int fd, bool on) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -errno;
  return Result(fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC));
}

int SetNonBlocking(int fd, bool on) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  return Result(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

int DuplicateDescriptor(int fd) { return Result(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

int MakePipe(int ends[2]) { return Result(pipe2(ends, O_CLOEXEC | O_NONBLOCK)); }

int MakeEventCounter() { return Result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int SignalEventCounter(int fd) {
  const uint64_t one = 1;
  return Result(static_cast<int>(write(fd, &one, sizeof(one))));
}

int DrainEventCounter(int fd) {
  uint64_t count = 0;
  return Result(static_cast<int>(read(fd, &count, sizeof(count))));
}

int OpenProcess(int pid) {
  // By number: glibc has a wrapper since 2.36.
  return Result(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

int64_t MonotonicMilliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

int WaitForEvents(pollfd* fds, size_t count, int timeout_ms) {
  // poll(2) would wait without limit.
  if (timeout_ms < 0) timeout_ms = 0;
  const int64_t end = MonotonicMilliseconds() + timeout_ms;
  for (;;) {
    const int ready = poll(fds, count, timeout_ms);
    if (ready >= 0) return ready;
    if (errno != EINTR) return -errno;
    const int64_t left = end - MonotonicMilliseconds();
    timeout_ms = left > 0 ? static_cast<int>(left) : 0;
  }
}

}  // namespace readyd
