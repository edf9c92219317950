// Descriptors: what fcntl, poll and friends do, as functions that return a non-negative result or
// -errno.
#ifndef READYD_NATIVE_DESCRIPTOR_H_
#define READYD_NATIVE_DESCRIPTOR_H_

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

namespace readyd {

// The result of a system call: itself, or -errno.
int Result(int result);

// Closes its descriptor unless it was released.
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

// The descriptors that one JavaScript thread opened here and has not closed yet: a worker thread
// that is terminated runs no JavaScript, so the last of them are closed with the thread.
class OwnedDescriptors {
 public:
  OwnedDescriptors() = default;
  OwnedDescriptors(const OwnedDescriptors&) = delete;
  OwnedDescriptors& operator=(const OwnedDescriptors&) = delete;
  ~OwnedDescriptors();

  // Takes `fd` over and returns it; closes it and returns -ENOMEM without memory to
  // remember it. A negative `fd` is a failed call and is passed through.
  int Add(int fd);
  // Closes `fd`; -EBADF where it was not opened here, so that a stale number never closes somebody
  // else's file.
  int Close(int fd);
  // Gives `fd` up to a new owner; -EBADF as above.
  int Disown(int fd);

 private:
  int* fds_ = nullptr;
  size_t length_ = 0;
  size_t capacity_ = 0;
};

// Which files `count` consecutive descriptors stand for: st_dev, st_ino and st_mode of each.
// Returns how many those are that are open before the first that is not; -errno where that is the
// first.
int StatDescriptors(int first, size_t count, double* files);
int SetCloseOnExec(int fd, bool on);
// Of the open file, which all who have it share.
int SetNonBlocking(int fd, bool on);
int DuplicateDescriptor(int fd);
// ends[0] reads, ends[1] writes.
int MakePipe(int ends[2]);
int MakeEventCounter();
int SignalEventCounter(int fd);
int DrainEventCounter(int fd);
// Refers to a process by descriptor: pidfd_open(2).
int OpenProcess(int pid);
// The clock of every time limit here.
int64_t MonotonicMilliseconds();
// poll(2), restarted after a signal with what is left of the time (none where negative). Returns
// how many have events.
int WaitForEvents(pollfd* fds, size_t count, int timeout_ms);

}  // namespace readyd

#endif  // READYD_NATIVE_DESCRIPTOR_H_
