// A notification from a virtual machine to its host, or from one to another: AF_VSOCK. vsock(7)
#ifndef READYD_NATIVE_VSOCK_H_
#define READYD_NATIVE_VSOCK_H_

#include <stddef.h>

namespace readyd {

struct VsockAddress {
  // SOCK_DGRAM, SOCK_SEQPACKET or SOCK_STREAM; 0: the first of them that the kernel supports, in
  // this order.
  int type = 0;
  unsigned int cid = 0;
  unsigned int port = 0;
};

// Sends one message. On a connection, waits until the receiver closes it, which confirms that it
// has read the message. A signal neither ends nor extends the wait. Each step blocks for at most
// about `timeout_ms`: run it in a pool thread. Returns the bytes sent or -errno.
int SendVsock(const VsockAddress& address, const void* bytes, size_t size, int timeout_ms);

}  // namespace readyd

#endif  // READYD_NATIVE_VSOCK_H_
