#include "socket_info.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptor.h"

namespace readyd {
namespace {

int Option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -errno : value;
}

// For a listening socket the kernel reports the backlog in the field that otherwise counts SACKed
// segments. tcp(7)
int TcpBacklog(int fd) {
  tcp_info state = {};
  socklen_t length = sizeof(state);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &length) < 0) return -1;
  return static_cast<int>(state.tcpi_sacked);
}

// Reads UNIX_DIAG_RQLEN from one sock_diag answer; -1 if it is absent.
int ParseBacklog(const char* bytes, size_t size) {
  nlmsghdr header = {};
  if (size < NLMSG_HDRLEN) return -1;
  memcpy(&header, bytes, sizeof(header));
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > size) return -1;
  size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(unix_diag_msg));
  while (offset + sizeof(nlattr) <= header.nlmsg_len) {
    nlattr attribute = {};
    memcpy(&attribute, bytes + offset, sizeof(attribute));
    if (attribute.nla_len < sizeof(attribute) || offset + attribute.nla_len > header.nlmsg_len)
      return -1;
    if (attribute.nla_type == UNIX_DIAG_RQLEN &&
        attribute.nla_len >= NLA_HDRLEN + sizeof(unix_diag_rqlen)) {
      unix_diag_rqlen queue = {};
      memcpy(&queue, bytes + offset + NLA_HDRLEN, sizeof(queue));
      return static_cast<int>(queue.udiag_wqueue);
    }
    offset += NLA_ALIGN(attribute.nla_len);
  }
  return -1;
}

// There is no socket option for the backlog, so this asks sock_diag(7) for the inode. -1 if netlink
// is not allowed.
int UnixBacklog(unsigned int inode) {
  const Descriptor diag(
      socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!diag.valid()) return -1;
  struct {
    nlmsghdr header;
    unix_diag_req request;
  } query = {};
  query.header.nlmsg_len = sizeof(query);
  query.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  query.header.nlmsg_flags = NLM_F_REQUEST;
  query.request.sdiag_family = AF_UNIX;
  query.request.udiag_ino = inode;
  query.request.udiag_states = ~0U;
  query.request.udiag_show = UDIAG_SHOW_RQLEN;
  query.request.udiag_cookie[0] = ~0U;
  query.request.udiag_cookie[1] = ~0U;
  if (send(diag.get(), &query, sizeof(query), 0) < 0) return -1;
  char answer[512];
  // The kernel answers during send(2), so this never waits.
  const ssize_t size = recv(diag.get(), answer, sizeof(answer), 0);
  return size < 0 ? -1 : ParseBacklog(answer, static_cast<size_t>(size));
}

void DescribeInet4(const sockaddr_storage& storage, SocketInfo* info) {
  sockaddr_in name = {};
  memcpy(&name, &storage, sizeof(name));
  inet_ntop(AF_INET, &name.sin_addr, info->address, sizeof(info->address));
  info->address_length = strlen(info->address);
  info->port = ntohs(name.sin_port);
}

void DescribeInet6(const sockaddr_storage& storage, SocketInfo* info) {
  sockaddr_in6 name = {};
  memcpy(&name, &storage, sizeof(name));
  inet_ntop(AF_INET6, &name.sin6_addr, info->address, sizeof(info->address));
  info->address_length = strlen(info->address);
  info->port = ntohs(name.sin6_port);
}

void DescribeUnix(const sockaddr_storage& storage, socklen_t length, SocketInfo* info) {
  constexpr size_t kStart = offsetof(sockaddr_un, sun_path);
  size_t size = length > kStart ? length - kStart : 0;
  if (size > sizeof(sockaddr_un::sun_path)) size = sizeof(sockaddr_un::sun_path);
  memcpy(info->address, reinterpret_cast<const char*>(&storage) + kStart, size);
  // A path ends at its NUL. An abstract name starts with a NUL and has no end mark.
  info->address_length = size > 0 && info->address[0] != '\0' ? strnlen(info->address, size) : size;
}

void DescribeVsock(const sockaddr_storage& storage, SocketInfo* info) {
  sockaddr_vm name = {};
  memcpy(&name, &storage, sizeof(name));
  info->cid = name.svm_cid;
  info->port = name.svm_port;
}

}  // namespace

int DescribeSocket(int fd, unsigned int inode, SocketInfo* info) {
  const int type = Option(fd, SO_TYPE);
  if (type < 0) return type;
  info->type = type;
  info->domain = Option(fd, SO_DOMAIN);
  info->protocol = Option(fd, SO_PROTOCOL);
  // A family without this option has no listening sockets.
  info->listening = Option(fd, SO_ACCEPTCONN) > 0;
  sockaddr_storage storage = {};
  socklen_t length = sizeof(storage);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) < 0) return -errno;
  if (info->domain == AF_INET) DescribeInet4(storage, info);
  if (info->domain == AF_INET6) DescribeInet6(storage, info);
  if (info->domain == AF_UNIX) DescribeUnix(storage, length, info);
  if (info->domain == AF_VSOCK) DescribeVsock(storage, info);
  if (info->listening)
    info->backlog = info->domain == AF_UNIX ? UnixBacklog(inode) : TcpBacklog(fd);
  return 0;
}

int SetBacklog(int fd, int backlog) { return Result(listen(fd, backlog)); }

namespace {

// Returns the size of the address; -EINVAL if `host` is not a numeric address.
int MakeInetAddress(const char* host, unsigned int port, sockaddr_storage* storage) {
  sockaddr_in v4 = {};
  if (port > 65535) return -EINVAL;
  if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(port));
    memcpy(storage, &v4, sizeof(v4));
    return sizeof(v4);
  }
  sockaddr_in6 v6 = {};
  if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1) return -EINVAL;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<uint16_t>(port));
  memcpy(storage, &v6, sizeof(v6));
  return sizeof(v6);
}

}  // namespace

int BindInetSocket(const char* host, unsigned int port, bool datagram, int backlog) {
  sockaddr_storage storage = {};
  const int length = MakeInetAddress(host, port, &storage);
  if (length < 0) return length;
  Descriptor bound(
      socket(storage.ss_family, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  if (!bound.valid()) return -errno;
  const int on = 1;
  if (setsockopt(bound.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) return -errno;
  if (bind(bound.get(), reinterpret_cast<sockaddr*>(&storage), static_cast<socklen_t>(length)) < 0)
    return -errno;
  if (!datagram && listen(bound.get(), backlog) < 0) return -errno;
  return bound.Release();
}

}  // namespace readyd
