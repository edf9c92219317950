// AF_UNIX datagrams with their ancillary data: descriptors and credentials.
#ifndef READYD_NATIVE_UNIX_SOCKET_H_
#define READYD_NATIVE_UNIX_SOCKET_H_

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace readyd {

// The kernel's limit for the descriptors of one message: SCM_MAX_FD.
inline constexpr size_t kMaxDescriptors = 253;

// The destination of a datagram: a path, or an abstract name, which starts with a NUL byte.
struct UnixAddress {
  sockaddr_un name;
  socklen_t length;
};

// The ancillary data of a datagram.
struct Ancillary {
  const int* fds = nullptr;
  size_t fd_count = 0;
  // 0 attaches no credentials: the kernel adds those of the sender. Otherwise this pid with our
  // real uid and gid.
  int pid = 0;
};

// A received datagram; the descriptors belong to the caller.
struct Received {
  size_t size = 0;
  // The kernel has cut the bytes, or dropped descriptors.
  bool truncated = false;
  int pid = 0;
  unsigned int uid = 0;
  unsigned int gid = 0;
  int fds[kMaxDescriptors];
  size_t fd_count = 0;
};

// 0; -ENAMETOOLONG above 107 bytes: an address is never cut; -EINVAL for an empty name or a path
// with a NUL.
int MakeUnixAddress(const char* name, size_t length, UnixAddress* address);
// An unconnected datagram socket whose send buffer is as large as the kernel allows up to 8 MiB.
int OpenDatagramSocket();
// Sends one datagram to the address, or to the connected receiver if the address is null. Never
// waits: -EAGAIN if the receiver's queue is full. Returns the bytes sent.
int SendDatagram(int fd, const UnixAddress* address, const void* bytes, size_t size,
                 const Ancillary& ancillary);
// The same without ancillary data, to the connected receiver.
int SendBytes(int fd, const void* bytes, size_t size);
// How many sent bytes the receivers have not read yet.
int UnreadBytes(int fd);
// Connects the socket to a receiver: POLLOUT then means that the receiver has room.
int ConnectSocket(int fd, const UnixAddress& address);
// A bound datagram socket that receives the credentials of its senders.
int BindDatagramSocket(const UnixAddress& address);
// A listening stream socket.
int BindStreamSocket(const UnixAddress& address, int backlog);
// Reads one datagram without waiting. Returns its size or -errno.
int ReceiveDatagram(int fd, void* bytes, size_t capacity, Received* received);

}  // namespace readyd

#endif  // READYD_NATIVE_UNIX_SOCKET_H_
