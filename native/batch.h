// Many datagrams in one go, in a thread of the pool: it waits for room in the receiver's queue as
// often as it has to, without waking the event loop.
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

  // Copies the datagrams, which lie in `bytes` one after another, each from a multiple of four
  // bytes on. `fd` is connected to the receiver. 0, -EINVAL where they are more than `size` bytes,
  // or -ENOMEM.
  int Fill(int fd, const UnixAddress& address, const char* bytes, size_t size, const int* sizes,
           size_t count, int timeout_ms);
  // Sends until all have left, one fails, the time is over, or `Stop` is called. Returns how many
  // have left.
  int Run();
  // From another thread: ends `Run`, also one that has not begun, and waits until it touches the
  // socket no more. Returns how many have left.
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
  // Words that both threads use, by whole loads and stores alone: read-modify-write operations are
  // calls of a compiler's library on some processors.
  int stop_ = 0;
  int running_ = 0;
  int done_ = 0;
  int sent_ = 0;
};

}  // namespace readyd

#endif  // READYD_NATIVE_BATCH_H_
