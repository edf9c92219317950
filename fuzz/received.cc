// Fuzzes the input from outside that C++ reads: the control messages and bytes of a datagram, and
// the kernel's answer about a unix socket. libFuzzer makes the bytes up; the sanitizers report
// memory errors and undefined behaviour. fuzz/run.sh builds and runs this program.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// Made-up control messages name descriptors that no process passed. So close() only counts them
// here.
int closed = 0;
int Forget(int) {
  ++closed;
  return 0;
}

}  // namespace

// The functions are internal to their files, so the files are part of this one.
#define close(fd) Forget(fd)
#include "../native/unix_socket.cc"
#undef close
#include "../native/socket_info.cc"

namespace {

#define CHECK(condition) \
  if (!(condition)) abort()

// Memory of exactly that size: ASan reports a read of one byte past the end.
struct Exact {
  Exact(const uint8_t* data, size_t length) : bytes(static_cast<char*>(malloc(length))) {
    if (length > 0) memcpy(bytes, data, length);
  }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  ~Exact() { free(bytes); }
  char* bytes;
};

void FuzzControl(const uint8_t* data, size_t size) {
  const Exact control(data, size);
  msghdr message = {};
  message.msg_control = control.bytes;
  message.msg_controllen = size;
  readyd::Received received;
  readyd::CollectControl(&message, &received);
  CHECK(received.fd_count <= readyd::kMaxDescriptors);
}

void FuzzAnswer(const uint8_t* data, size_t size) {
  const Exact answer(data, size);
  readyd::ParseBacklog(answer.bytes, size);
}

// A real datagram of these bytes and a few real descriptors, into a buffer that may be too small
// for it.
void FuzzDatagram(const uint8_t* data, size_t size) {
  if (size < 2) return;
  const size_t capacity = data[0] * 16;
  const size_t passed = data[1] % 8;
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  int fds[8];
  for (size_t i = 0; i < passed; ++i) fds[i] = ends[0];
  readyd::Ancillary ancillary;
  ancillary.fds = fds;
  ancillary.fd_count = passed;
  const int sent = readyd::SendDatagram(ends[0], nullptr, data + 2, size - 2, ancillary);
  CHECK(sent == static_cast<int>(size - 2));
  char* buffer = static_cast<char*>(malloc(capacity));
  readyd::Received received;
  const int result = readyd::ReceiveDatagram(ends[1], buffer, capacity, &received);
  const size_t expected = size - 2 < capacity ? size - 2 : capacity;
  CHECK(result == static_cast<int>(expected) && received.size == expected);
  CHECK(received.truncated == (size - 2 > capacity));
  CHECK(received.fd_count == passed);
  CHECK(memcmp(buffer, data + 2, expected) == 0);
  for (size_t i = 0; i < received.fd_count; ++i) close(received.fds[i]);
  close(ends[0]);
  close(ends[1]);
  free(buffer);
}

void FuzzAddress(const uint8_t* data, size_t size) {
  const Exact name(data, size);
  readyd::UnixAddress address;
  if (readyd::MakeUnixAddress(name.bytes, size, &address) == 0) {
    CHECK(address.length <= sizeof(address.name));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr void (*kTargets[])(const uint8_t*, size_t) = {FuzzControl, FuzzAnswer, FuzzDatagram,
                                                          FuzzAddress};
  kTargets[data[0] % 4](data + 1, size - 1);
  return 0;
}
