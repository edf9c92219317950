#include "vsock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
// After sys/socket.h, which it needs but does not include.
#include <linux/vm_sockets.h>

#include "descriptor.h"

namespace readyd {
namespace {

bool Unsupported(int error) {
  return error == ENODEV || error == EOPNOTSUPP || error == ESOCKTNOSUPPORT ||
         error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == EPROTOTYPE;
}

// Some receivers require a privileged port. Without the privilege any port is used.
int BindPrivileged(int fd) {
  sockaddr_vm name = {};
  name.svm_family = AF_VSOCK;
  name.svm_cid = VMADDR_CID_ANY;
  for (unsigned int port = 1023; port > 0; --port) {
    name.svm_port = port;
    if (bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0) return 0;
    if (errno == EACCES || errno == EPERM) return 0;
    if (errno != EADDRINUSE) return -errno;
  }
  return 0;
}

// Limits the next blocking call to `end`. If `end` has passed, the limit is one millisecond,
// because 0 means no limit.
int LimitWaiting(int fd, int64_t end) {
  const int64_t left = end - MonotonicMilliseconds();
  const int64_t limit_ms = left > 0 ? left : 1;
  timeval limit = {};
  limit.tv_sec = static_cast<time_t>(limit_ms / 1000);
  limit.tv_usec = static_cast<suseconds_t>(limit_ms % 1000) * 1000;
  // connect(2) has a timeout option that starts with the call.
  setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit, sizeof(limit));
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0) return -errno;
  return Result(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
}

// The error to report for a failed call; 0 if the call was only interrupted. The kernel does not
// restart an interrupted call that has a timeout, and a new call starts a new timeout.
int Failure(int fd, int64_t end) {
  if (errno != EINTR) return -errno;
  return MonotonicMilliseconds() < end ? LimitWaiting(fd, end) : -ETIMEDOUT;
}

int WriteAll(int fd, const char* bytes, size_t size, int64_t end) {
  size_t done = 0;
  for (;;) {
    const ssize_t sent = send(fd, bytes + done, size - done, MSG_NOSIGNAL);
    const int failure = sent < 0 ? Failure(fd, end) : 0;
    if (failure < 0) return failure;
    if (sent < 0) continue;
    done += static_cast<size_t>(sent);
    if (done >= size) return static_cast<int>(done);
  }
}

int AwaitClose(int fd, int64_t end) {
  if (shutdown(fd, SHUT_WR) < 0) return -errno;
  for (;;) {
    char byte = 0;
    const ssize_t received = recv(fd, &byte, sizeof(byte), 0);
    if (received >= 0) return received == 0 ? 0 : -EPROTO;
    const int failure = Failure(fd, end);
    if (failure < 0) return failure;
  }
}

int SendConnected(int fd, const sockaddr_vm& name, const char* bytes, size_t size, int64_t end) {
  if (connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) < 0) return -errno;
  const int sent = WriteAll(fd, bytes, size, end);
  if (sent < 0) return sent;
  const int closed = AwaitClose(fd, end);
  return closed < 0 ? closed : sent;
}

// Returns -EINTR only before the first byte is sent.
int SendOnce(const VsockAddress& address, int type, const void* bytes, size_t size, int64_t end) {
  const Descriptor vsock(Result(socket(AF_VSOCK, type | SOCK_CLOEXEC, 0)));
  if (!vsock.valid()) return vsock.get();
  int done = BindPrivileged(vsock.get());
  if (done < 0) return done;
  done = LimitWaiting(vsock.get(), end);
  if (done < 0) return done;
  sockaddr_vm name = {};
  name.svm_family = AF_VSOCK;
  name.svm_cid = address.cid;
  name.svm_port = address.port;
  if (type != SOCK_DGRAM) {
    return SendConnected(vsock.get(), name, static_cast<const char*>(bytes), size, end);
  }
  return Result(static_cast<int>(sendto(vsock.get(), bytes, size, MSG_NOSIGNAL,
                                        reinterpret_cast<sockaddr*>(&name), sizeof(name))));
}

// A socket whose connect(2) was interrupted cannot be used again: the next attempt uses a new one.
int SendTyped(const VsockAddress& address, int type, const void* bytes, size_t size, int64_t end) {
  for (;;) {
    const int sent = SendOnce(address, type, bytes, size, end);
    if (sent != -EINTR) return sent;
    if (MonotonicMilliseconds() >= end) return -ETIMEDOUT;
  }
}

}  // namespace

int SendVsock(const VsockAddress& address, const void* bytes, size_t size, int timeout_ms) {
  const int64_t end = MonotonicMilliseconds() + timeout_ms;
  if (address.type != 0) return SendTyped(address, address.type, bytes, size, end);
  constexpr int kTypes[] = {SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM};
  int sent = -ENODEV;
  for (const int type : kTypes) {
    sent = SendTyped(address, type, bytes, size, end);
    // From socket(2) or connect(2), before the first byte is sent.
    if (!Unsupported(-sent)) break;
  }
  return sent;
}

}  // namespace readyd
