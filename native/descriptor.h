// System calls on descriptors, such as fcntl(2) and poll(2), as functions that return a
// non-negative result or -errno.
#ifndef READYD_NATIVE_DESCRIPTOR_H_
#define READYD_NATIVE_DESCRIPTOR_H_

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

namespace readyd {

// The result of a system call: itself, or -errno.
int Result(int result);

// Closes its descriptor in the destructor, unless it was released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int Release();

 private:
  int fd_;
};

// The open descriptors of one JavaScript thread. A terminated worker thread runs no JavaScript, so
// they are closed when the thread ends.
class OwnedDescriptors {
 public:
  OwnedDescriptors() = default;
  OwnedDescriptors(const OwnedDescriptors&) = delete;
  OwnedDescriptors& operator=(const OwnedDescriptors&) = delete;
  ~OwnedDescriptors();

  // Takes ownership of `fd` and returns it. Without memory to record it, closes it and returns
  // -ENOMEM. Returns a negative `fd`, the result of a failed call, unchanged.
  int Add(int fd);
  // Closes `fd`; -EBADF if it was not opened here: a stale number must not close a foreign file.
  int Close(int fd);
  // Gives `fd` up to a new owner; -EBADF as above.
  int Disown(int fd);

 private:
  int* fds_ = nullptr;
  size_t length_ = 0;
  size_t capacity_ = 0;
};

// Identifies the files of `count` consecutive descriptors: st_dev, st_ino and st_mode of each.
// Stops at the first closed one. Returns the number of open ones, or -errno if the first one is
// not open.
int StatDescriptors(int first, size_t count, double* files);
int SetCloseOnExec(int fd, bool on);
// Flags of the open file, which all its descriptors share.
int SetNonBlocking(int fd, bool on);
int DuplicateDescriptor(int fd);
// ends[0] reads, ends[1] writes.
int MakePipe(int ends[2]);
int MakeEventCounter();
int SignalEventCounter(int fd);
int DrainEventCounter(int fd);
// A descriptor for a process: pidfd_open(2).
int OpenProcess(int pid);
// The clock of all time limits.
int64_t MonotonicMilliseconds();
// poll(2), restarted after a signal with the remaining time. A negative timeout counts as 0.
// Returns the number of descriptors with events.
int WaitForEvents(pollfd* fds, size_t count, int timeout_ms);

}  // namespace readyd

#endif  // READYD_NATIVE_DESCRIPTOR_H_
