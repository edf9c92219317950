#include "batch.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "descriptor.h"

namespace readyd {
namespace {

// Each datagram starts at a multiple of this.
constexpr size_t kAlignment = 4;
// A batch of at most this many is sent as soon as there is room for one.
constexpr size_t kFew = 8;
// The limits of the thread's sleep while the receiver reads; the thread adapts between them.
constexpr int kPaceMin = 50;
constexpr int kPaceMax = 5000;
// A queue that holds fewer datagrams is short.
constexpr int kShortQueue = 32;
// About how many bytes the kernel counts for a datagram in addition to its content.
constexpr int kOverhead = 700;
constexpr int kPollSlice = 5;
// How long a connection is used before the address is looked up again.
constexpr int kConnected = 10;
constexpr int kStopSlice = 1000;

// The pace of the last batch: the next one usually meets the same receiver.
int last_pace_us = 100;

size_t Aligned(int size) {
  return (static_cast<size_t>(size) + kAlignment - 1) / kAlignment * kAlignment;
}

// Waits until another thread wakes `word`, until it no longer holds `value`, or until the timeout.
void FutexWait(int* word, int value, int microseconds) {
  const timespec time = {microseconds / 1000000, (microseconds % 1000000) * 1000L};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &time, nullptr, 0);
}

void FutexWake(int* word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

}  // namespace

Batch::~Batch() {
  free(bytes_);
  free(sizes_);
}

int Batch::Fill(int fd, const UnixAddress& address, const char* bytes, size_t size,
                const int* sizes, size_t count, int timeout_ms) {
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    if (sizes[i] < 0 || total > size || static_cast<size_t>(sizes[i]) > size - total)
      return -EINVAL;
    total += Aligned(sizes[i]);
  }
  if (total > size) total = size;
  if (count == 0 || count > INT32_MAX) return -EINVAL;
  bytes_ = static_cast<char*>(malloc(total + 1));
  sizes_ = static_cast<int*>(calloc(count, sizeof(int)));
  if (bytes_ == nullptr || sizes_ == nullptr) return -ENOMEM;
  memcpy(bytes_, bytes, total);
  memcpy(sizes_, sizes, count * sizeof(int));
  fd_ = fd;
  address_ = address;
  count_ = static_cast<int>(count);
  timeout_ms_ = timeout_ms;
  return 0;
}

int Batch::Run() {
  __atomic_store_n(&running_, 1, __ATOMIC_SEQ_CST);
  const int64_t end = MonotonicMilliseconds() + timeout_ms_;
  const char* next = bytes_;
  pace_us_ = __atomic_load_n(&last_pace_us, __ATOMIC_RELAXED);
  while (sent_ < count_ && !stopped() && Connect(MonotonicMilliseconds())) {
    const int size = sizes_[sent_];
    const int result = SendBytes(fd_, next, static_cast<size_t>(size));
    if (result >= 0) {
      next += Aligned(size);
      ++sent_;
      continue;
    }
    const bool full = result == -EAGAIN && MonotonicMilliseconds() < end;
    if (!full || !WaitForRoom(static_cast<size_t>(count_ - sent_))) break;
  }
  __atomic_store_n(&last_pace_us, pace_us_, __ATOMIC_RELAXED);
  __atomic_store_n(&done_, 1, __ATOMIC_SEQ_CST);
  FutexWake(&done_);
  return sent_;
}

// False if no process listens at the address.
bool Batch::Connect(int64_t now) {
  if (now < connected_until_) return true;
  connected_until_ = now + kConnected;
  return ConnectSocket(fd_, address_) >= 0;
}

int Batch::Stop() {
  __atomic_store_n(&stop_, 1, __ATOMIC_SEQ_CST);
  // A thread that starts later sees that it must stop.
  if (__atomic_load_n(&running_, __ATOMIC_SEQ_CST) == 0) return 0;
  FutexWake(&stop_);
  while (__atomic_load_n(&done_, __ATOMIC_SEQ_CST) == 0) FutexWait(&done_, 0, kStopSlice);
  return sent_;
}

// False if waiting cannot help. Each wake-up costs as much as sending several datagrams, and
// poll(2) returns when the receiver has read one. So the thread sleeps until the receiver has read
// about half of a long queue, and nearly all of a short one.
bool Batch::WaitForRoom(size_t left) {
  const int full = UnreadBytes(fd_);
  if (full <= 0 || left <= kFew) {
    pollfd room = {fd_, POLLOUT, 0};
    const int ready = WaitForEvents(&room, 1, kPollSlice);
    if (ready < 0 || (room.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return false;
    // Other senders may take the room first: avoid a busy loop.
    if (ready > 0) Sleep(kPaceMin);
    return true;
  }
  Sleep(pace_us_);
  const int unread = UnreadBytes(fd_);
  const bool is_short = full < (sizes_[sent_] + kOverhead) * kShortQueue;
  if (unread > (is_short ? full / 8 : full / 2)) {
    pace_us_ = std::min(pace_us_ + pace_us_ / 4, kPaceMax);
  } else if (is_short ? unread == 0 : unread < full / 4) {
    pace_us_ = std::max(pace_us_ - pace_us_ / 8, kPaceMin);
  }
  return true;
}

void Batch::Sleep(int microseconds) { FutexWait(&stop_, 0, microseconds); }

}  // namespace readyd
