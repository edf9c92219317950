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

// Sends one message and, on a connection, waits until the receiver has closed it, which is how it
// says that it has read it. A signal does not end it early, nor put the end off. Blocks
// for at most about `timeout_ms` a step: run it off the event loop. Returns the bytes sent or
// -errno.
int SendVsock(const VsockAddress& address, const void* bytes, size_t size, int timeout_ms);

}  // namespace readyd

#endif  // READYD_NATIVE_VSOCK_H_
