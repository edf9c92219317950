// AF_UNIX datagrams with what travels beside the bytes: descriptors and credentials.
#ifndef READYD_NATIVE_UNIX_SOCKET_H_
#define READYD_NATIVE_UNIX_SOCKET_H_

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace readyd {

// The kernel takes at most so many descriptors in one message: SCM_MAX_FD.
inline constexpr size_t kMaxDescriptors = 253;

// Where a datagram goes: a path, or an abstract name that starts with a NUL byte.
struct UnixAddress {
  sockaddr_un name;
  socklen_t length;
};

// What travels beside the bytes of a datagram.
struct Ancillary {
  const int* fds = nullptr;
  size_t fd_count = 0;
  // 0: no credentials attached, the kernel tells the receiver who sent. Otherwise this pid with our
  // real uid and gid.
  int pid = 0;
};

// A received datagram; the descriptors belong to the caller.
struct Received {
  size_t size = 0;
  // The kernel had to cut the bytes, or drop descriptors.
  bool truncated = false;
  int pid = 0;
  unsigned int uid = 0;
  unsigned int gid = 0;
  int fds[kMaxDescriptors];
  size_t fd_count = 0;
};

// 0; -ENAMETOOLONG above 107 bytes, never cut; -EINVAL for an empty name and for a path with a NUL.
int MakeUnixAddress(const char* name, size_t length, UnixAddress* address);
// An unconnected datagram socket whose send buffer is as large as the kernel allows up to 8 MiB.
int OpenDatagramSocket();
// One datagram by address, or to the connected receiver where that is null, never waiting: -EAGAIN
// when the receiver's queue is full. Returns the bytes sent.
int SendDatagram(int fd, const UnixAddress* address, const void* bytes, size_t size,
                 const Ancillary& ancillary);
// The same without anything beside the bytes, to the connected receiver.
int SendBytes(int fd, const void* bytes, size_t size);
// How many bytes of what the socket has sent are in the queue of a receiver that has not read them.
int UnreadBytes(int fd);
// Points the socket at a receiver, so that POLLOUT tells when that one has room.
int ConnectSocket(int fd, const UnixAddress& address);
// A bound datagram socket that asks for the credentials of its senders.
int BindDatagramSocket(const UnixAddress& address);
// A listening stream socket.
int BindStreamSocket(const UnixAddress& address, int backlog);
// Reads one datagram without waiting. Returns its size or -errno.
int ReceiveDatagram(int fd, void* bytes, size_t capacity, Received* received);

}  // namespace readyd

#endif  // READYD_NATIVE_UNIX_SOCKET_H_
