// Sends many datagrams from a pool thread. Waits for room in the receiver's queue without waking
// the event loop.
#ifndef READYD_NATIVE_BATCH_H_
#define READYD_NATIVE_BATCH_H_

#include <stddef.h>
#include <stdint.h>

#include "unix_socket.h"

namespace readyd {

class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  // Copies the datagrams from `bytes`, where each starts at a multiple of four bytes. `fd` is
  // connected to the receiver. Returns 0, -EINVAL if they exceed `size` bytes, or -ENOMEM.
  int Fill(int fd, const UnixAddress& address, const char* bytes, size_t size, const int* sizes,
           size_t count, int timeout_ms);
  // Sends until all are sent, one fails, the time is over, or `Stop` is called. Returns how many
  // were sent.
  int Run();
  // For another thread: ends `Run`, even before it starts, and waits until it no longer uses the
  // socket. Returns how many were sent.
  int Stop();

 private:
  bool Connect(int64_t now);
  bool WaitForRoom(size_t left);
  void Sleep(int microseconds);
  bool stopped() const { return __atomic_load_n(&stop_, __ATOMIC_SEQ_CST) != 0; }

  int fd_ = -1;
  UnixAddress address_ = {};
  int64_t connected_until_ = 0;
  char* bytes_ = nullptr;
  int* sizes_ = nullptr;
  int count_ = 0;
  int timeout_ms_ = 0;
  int pace_us_ = 0;
  // Shared by both threads, only with plain loads and stores: on some processors a
  // read-modify-write operation calls a library of the compiler.
  int stop_ = 0;
  int running_ = 0;
  int done_ = 0;
  int sent_ = 0;
};

}  // namespace readyd

#endif  // READYD_NATIVE_BATCH_H_
