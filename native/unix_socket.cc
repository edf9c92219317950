#include "unix_socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "descriptor.h"

namespace readyd {
namespace {

constexpr int kSendBuffer = 8 * 1024 * 1024;

// A large journal entry needs a large buffer to fit into one datagram. Errors are ignored: without
// privilege the kernel limits the size, and larger entries are sent as a memfd.
void RaiseSendBuffer(int fd) {
  int size = 0;
  socklen_t length = sizeof(size);
  if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 && size >= kSendBuffer * 2) return;
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof(kSendBuffer)) == 0) return;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof(kSendBuffer));
}

constexpr size_t kControlSize =
    CMSG_SPACE(sizeof(int) * kMaxDescriptors) + CMSG_SPACE(sizeof(ucred));

// Whether a header and its data lie within the control data. The kernel guarantees that; this check
// prevents a read past the end in any case.
bool IsWhole(const msghdr& message, const cmsghdr* header) {
  const auto* control = static_cast<const unsigned char*>(message.msg_control);
  const auto offset = static_cast<size_t>(reinterpret_cast<const unsigned char*>(header) - control);
  return header->cmsg_len >= CMSG_LEN(0) && header->cmsg_len <= message.msg_controllen - offset;
}

// CMSG_NXTHDR is a function of glibc that musl lacks, and the addon must load on both.
cmsghdr* NextHeader(const msghdr& message, cmsghdr* header) {
  if (!IsWhole(message, header)) return nullptr;
  auto* control = static_cast<unsigned char*>(message.msg_control);
  const size_t offset = static_cast<size_t>(reinterpret_cast<unsigned char*>(header) - control) +
                        CMSG_ALIGN(header->cmsg_len);
  if (offset + sizeof(cmsghdr) > message.msg_controllen) return nullptr;
  return reinterpret_cast<cmsghdr*>(control + offset);
}

// Descriptors first, then credentials, in libsystemd's order. Returns the size used.
size_t FillControl(msghdr* message, const Ancillary& ancillary) {
  size_t used = 0;
  cmsghdr* header = CMSG_FIRSTHDR(message);
  if (ancillary.fd_count > 0) {
    const size_t size = sizeof(int) * ancillary.fd_count;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), ancillary.fds, size);
    used += CMSG_SPACE(size);
    header = NextHeader(*message, header);
  }
  if (ancillary.pid != 0) {
    const ucred credentials = {ancillary.pid, getuid(), getgid()};
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof(credentials));
    memcpy(CMSG_DATA(header), &credentials, sizeof(credentials));
    used += CMSG_SPACE(sizeof(credentials));
  }
  return used;
}

// sendmsg(2) would copy structures that most messages do not need: a tenth of the cost of a short
// one.
int RetrySendTo(int fd, const void* bytes, size_t size, const sockaddr* name, socklen_t length) {
  for (;;) {
    const ssize_t sent = sendto(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT, name, length);
    if (sent >= 0) return static_cast<int>(sent);
    if (errno != EINTR) return -errno;
  }
}

int RetrySend(int fd, const msghdr& message) {
  for (;;) {
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<int>(sent);
    if (errno != EINTR) return -errno;
  }
}

// The kernel passes at most kMaxDescriptors in a message. Descriptors beyond that, or in a second
// block, are closed.
void CollectDescriptors(const unsigned char* bytes, size_t count, Received* received) {
  for (size_t i = 0; i < count; ++i) {
    int fd = -1;
    memcpy(&fd, bytes + i * sizeof(fd), sizeof(fd));
    if (received->fd_count < kMaxDescriptors) {
      received->fds[received->fd_count++] = fd;
    } else {
      close(fd);
    }
  }
}

void CollectControl(msghdr* message, Received* received) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = NextHeader(*message, header)) {
    if (!IsWhole(*message, header)) return;
    if (header->cmsg_level != SOL_SOCKET) continue;
    const size_t size = header->cmsg_len - CMSG_LEN(0);
    if (header->cmsg_type == SCM_RIGHTS) {
      CollectDescriptors(CMSG_DATA(header), size / sizeof(int), received);
    } else if (header->cmsg_type == SCM_CREDENTIALS && size == sizeof(ucred)) {
      ucred credentials = {};
      memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
      received->pid = credentials.pid;
      received->uid = credentials.uid;
      received->gid = credentials.gid;
    }
  }
}

const sockaddr* Generic(const UnixAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.name);
}

}  // namespace

int MakeUnixAddress(const char* name, size_t length, UnixAddress* address) {
  if (length == 0) return -EINVAL;
  if (length >= sizeof(address->name.sun_path)) return -ENAMETOOLONG;
  memset(&address->name, 0, sizeof(address->name));
  address->name.sun_family = AF_UNIX;
  char* path = address->name.sun_path;
  memcpy(path, name, length);
  const bool abstract = path[0] == '\0';
  // The kernel would use the part before the NUL, which is another path.
  if (!abstract && memchr(path, '\0', length) != nullptr) return -EINVAL;
  // The size includes the NUL after a path, but nothing after an abstract name. unix(7)
  const size_t terminator = abstract ? 0 : 1;
  address->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + terminator);
  return 0;
}

int OpenDatagramSocket() {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  RaiseSendBuffer(fd);
  return fd;
}

int SendDatagram(int fd, const UnixAddress* address, const void* bytes, size_t size,
                 const Ancillary& ancillary) {
  if (ancillary.fd_count > kMaxDescriptors) return -E2BIG;
  const sockaddr* name = address != nullptr ? Generic(*address) : nullptr;
  const socklen_t length = address != nullptr ? address->length : 0;
  if (ancillary.fd_count == 0 && ancillary.pid == 0)
    return RetrySendTo(fd, bytes, size, name, length);
  iovec data = {const_cast<void*>(bytes), size};
  alignas(cmsghdr) char control[kControlSize] = {};
  msghdr message = {};
  message.msg_name = const_cast<sockaddr*>(name);
  message.msg_namelen = length;
  message.msg_iov = &data;
  message.msg_iovlen = size > 0 ? 1 : 0;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  message.msg_controllen = FillControl(&message, ancillary);
  return RetrySend(fd, message);
}

int SendBytes(int fd, const void* bytes, size_t size) {
  return RetrySendTo(fd, bytes, size, nullptr, 0);
}

int UnreadBytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

int ConnectSocket(int fd, const UnixAddress& address) {
  return Result(connect(fd, Generic(address), address.length));
}

int BindDatagramSocket(const UnixAddress& address) {
  Descriptor bound(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!bound.valid()) return -errno;
  const int on = 1;
  if (setsockopt(bound.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) return -errno;
  if (bind(bound.get(), Generic(address), address.length) < 0) return -errno;
  return bound.Release();
}

int BindStreamSocket(const UnixAddress& address, int backlog) {
  Descriptor bound(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!bound.valid()) return -errno;
  if (bind(bound.get(), Generic(address), address.length) < 0) return -errno;
  if (listen(bound.get(), backlog) < 0) return -errno;
  return bound.Release();
}

int ReceiveDatagram(int fd, void* bytes, size_t capacity, Received* received) {
  iovec data = {bytes, capacity};
  alignas(cmsghdr) char control[kControlSize];
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t size = -1;
  do {
    size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return -errno;
  received->size = static_cast<size_t>(size);
  received->truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  CollectControl(&message, received);
  return static_cast<int>(size);
}

}  // namespace readyd
