#include "vsock.h"

#include <errno.h>
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

// A privileged port proves privilege to receivers that ask for it; without the privilege any port
// does.
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

int LimitWaiting(int fd, int timeout_ms) {
  timeval limit = {};
  limit.tv_sec = timeout_ms / 1000;
  limit.tv_usec = static_cast<suseconds_t>(timeout_ms % 1000) * 1000;
  // A connect that takes longer has an option of its own, which counts from the connect.
  setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit, sizeof(limit));
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0) return -errno;
  return Result(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
}

int WriteAll(int fd, const char* bytes, size_t size) {
  size_t done = 0;
  do {
    const ssize_t sent = send(fd, bytes + done, size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -errno;
    done += static_cast<size_t>(sent);
  } while (done < size);
  return static_cast<int>(done);
}

int AwaitClose(int fd) {
  if (shutdown(fd, SHUT_WR) < 0) return -errno;
  char byte = 0;
  ssize_t received = -1;
  do {
    received = recv(fd, &byte, sizeof(byte), 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  return received == 0 ? 0 : -EPROTO;
}

int SendConnected(int fd, const sockaddr_vm& name, const char* bytes, size_t size) {
  if (connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) < 0) return -errno;
  const int sent = WriteAll(fd, bytes, size);
  if (sent < 0) return sent;
  const int closed = AwaitClose(fd);
  return closed < 0 ? closed : sent;
}

int SendTyped(const VsockAddress& address, int type, const void* bytes, size_t size,
              int timeout_ms) {
  const Descriptor vsock(Result(socket(AF_VSOCK, type | SOCK_CLOEXEC, 0)));
  if (!vsock.valid()) return vsock.get();
  int done = BindPrivileged(vsock.get());
  if (done < 0) return done;
  done = LimitWaiting(vsock.get(), timeout_ms);
  if (done < 0) return done;
  sockaddr_vm name = {};
  name.svm_family = AF_VSOCK;
  name.svm_cid = address.cid;
  name.svm_port = address.port;
  if (type != SOCK_DGRAM) {
    return SendConnected(vsock.get(), name, static_cast<const char*>(bytes), size);
  }
  return Result(static_cast<int>(sendto(vsock.get(), bytes, size, MSG_NOSIGNAL,
                                        reinterpret_cast<sockaddr*>(&name), sizeof(name))));
}

}  // namespace

int SendVsock(const VsockAddress& address, const void* bytes, size_t size, int timeout_ms) {
  if (address.type != 0) return SendTyped(address, address.type, bytes, size, timeout_ms);
  constexpr int kTypes[] = {SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM};
  int sent = -ENODEV;
  for (const int type : kTypes) {
    sent = SendTyped(address, type, bytes, size, timeout_ms);
    // Told by socket() or by connect(), before a byte has left.
    if (!Unsupported(-sent)) break;
  }
  return sent;
}

}  // namespace readyd
