// The properties of a foreign descriptor: family, type, address, backlog.
#ifndef READYD_NATIVE_SOCKET_INFO_H_
#define READYD_NATIVE_SOCKET_INFO_H_

#include <stddef.h>
#include <sys/un.h>

namespace readyd {

struct SocketInfo {
  int domain = 0;
  int type = 0;
  int protocol = 0;
  bool listening = false;
  // The argument of listen(2); -1 if unknown.
  int backlog = -1;
  // An IP address as text, or the bytes of a unix path or abstract name (which starts with a NUL
  // byte).
  char address[sizeof(sockaddr_un::sun_path) + 1] = {};
  size_t address_length = 0;
  // TCP, UDP or vsock port.
  unsigned int port = 0;
  // vsock context id.
  unsigned int cid = 0;
};

// 0, or -errno: -ENOTSOCK for anything but a socket, -EBADF for a closed descriptor. `inode` is
// that of the socket.
int DescribeSocket(int fd, unsigned int inode, SocketInfo* info);
// Sets the backlog of a listening socket; keeps its queue.
int SetBacklog(int fd, int backlog);
// A bound TCP (listening) or UDP socket, to pass to a service. `host` is a numeric address.
int BindInetSocket(const char* host, unsigned int port, bool datagram, int backlog);

}  // namespace readyd

#endif  // READYD_NATIVE_SOCKET_INFO_H_
