// The exports that only the stand-in for systemd needs: sockets that it binds, and messages that it
// receives.
#include <errno.h>
#include <napi.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "arguments.h"
#include "exports.h"
#include "socket_info.h"
#include "unix_socket.h"

namespace readyd {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

Value BindDatagram(const CallbackInfo& info) {
  UnixAddress address;
  const int named = Address(info, 0, &address);
  return Number(info, named < 0 ? named : Owned(info).Add(BindDatagramSocket(address)));
}

Value BindStream(const CallbackInfo& info) {
  UnixAddress address;
  const int named = Address(info, 0, &address);
  return Number(
      info,
      named < 0 ? named : Owned(info).Add(BindStreamSocket(address, Integer(info, 1, SOMAXCONN))));
}

Value BindInet(const CallbackInfo& info) {
  char host[64] = {};
  const Bytes text(info, 0);
  unsigned int port = 0;
  if (!text.valid() || text.size() >= sizeof(host) || text.HasNul() || !Whole(info, 1, &port))
    return Number(info, -EINVAL);
  memcpy(host, text.data(), text.size());
  const bool datagram = Integer(info, 2, 0) != 0;
  return Number(info,
                Owned(info).Add(BindInetSocket(host, port, datagram, Integer(info, 3, SOMAXCONN))));
}

Value Receive(const CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsTypedArray()) return Number(info, -EINVAL);
  const Napi::TypedArray buffer = info[1].As<Napi::TypedArray>();
  if (buffer.TypedArrayType() != napi_uint8_array) return Number(info, -EINVAL);
  Received received;
  const int size = ReceiveDatagram(Integer(info, 0, -1), buffer.As<Napi::Uint8Array>().Data(),
                                   buffer.ByteLength(), &received);
  if (size < 0) return Number(info, size);
  const Napi::Array fds = Napi::Array::New(env, received.fd_count);
  for (size_t i = 0; i < received.fd_count; ++i) {
    fds.Set(static_cast<uint32_t>(i), Napi::Number::New(env, Owned(info).Add(received.fds[i])));
  }
  const Napi::Object datagram = Napi::Object::New(env);
  datagram.Set("size", Napi::Number::New(env, static_cast<double>(received.size)));
  datagram.Set("truncated", Napi::Boolean::New(env, received.truncated));
  datagram.Set("pid", Napi::Number::New(env, received.pid));
  datagram.Set("uid", Napi::Number::New(env, received.uid));
  datagram.Set("gid", Napi::Number::New(env, received.gid));
  datagram.Set("fds", fds);
  return datagram;
}

}  // namespace

void ExportStandIn(Napi::Object* exports) {
  Export<BindDatagram>(exports, "bindDatagram");
  Export<BindStream>(exports, "bindStream");
  Export<BindInet>(exports, "bindInet");
  Export<Receive>(exports, "receive");
}

}  // namespace readyd
