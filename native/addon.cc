// The exports of the addon. This file, waiting.cc and stand_in.cc know JavaScript values: they
// decode the arguments, make the call and encode the result. src/native.ts says what each function
// takes and returns. A wrong argument is -EINVAL, never undefined behaviour.
#include <errno.h>
#include <napi.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "arguments.h"
#include "descriptor.h"
#include "exports.h"
#include "memfd.h"
#include "socket_info.h"
#include "unix_socket.h"

namespace readyd {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

Value Close(const CallbackInfo& info) {
  return Number(info, Owned(info).Close(Integer(info, 0, -1)));
}

Value Disown(const CallbackInfo& info) {
  return Number(info, Owned(info).Disown(Integer(info, 0, -1)));
}

Value Stat(const CallbackInfo& info) {
  double* files = nullptr;
  size_t length = 0;
  if (!Elements(info, 1, napi_float64_array, &files, &length) || length == 0 || length % 3 != 0)
    return Number(info, -EINVAL);
  return Number(info, StatDescriptors(Integer(info, 0, -1), length / 3, files));
}

Value Pipe(const CallbackInfo& info) {
  int ends[2] = {-1, -1};
  const int made = MakePipe(ends);
  if (made < 0) return Number(info, made);
  const Napi::Array pair = Napi::Array::New(info.Env(), 2);
  for (uint32_t i = 0; i < 2; ++i)
    pair.Set(i, Napi::Number::New(info.Env(), Owned(info).Add(ends[i])));
  return pair;
}

Value Send(const CallbackInfo& info) {
  UnixAddress address;
  const bool connected = info[1].IsUndefined();
  const int named = connected ? 0 : Address(info, 1, &address);
  if (named < 0) return Number(info, named);
  const Bytes payload(info, 2);
  Ancillary ancillary;
  if (!payload.valid()) return Number(info, -EINVAL);
  // Reading an absent argument also costs a call of Node-API.
  if (info.Length() > 3) {
    if (!Integers(info, 3, &ancillary.fds, &ancillary.fd_count)) return Number(info, -EINVAL);
    ancillary.pid = Integer(info, 4, 0);
  }
  return Number(info, SendDatagram(Integer(info, 0, -1), connected ? nullptr : &address,
                                   payload.data(), payload.size(), ancillary));
}

// Uses the C functions of Node-API: the C++ wrapper would add a tenth to a short send.
napi_value SendOutbox(napi_env env, napi_callback_info info) {
  napi_value arguments[2] = {};
  size_t count = 2;
  void* thread = nullptr;
  int fd = -1;
  int size = -1;
  int result = -EINVAL;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok &&
      napi_get_instance_data(env, &thread) == napi_ok && Whole(env, arguments[0], &fd) &&
      Whole(env, arguments[1], &size) && size >= 0 && size <= kOutbox)
    result = SendBytes(fd, static_cast<Thread*>(thread)->outbox, static_cast<size_t>(size));
  napi_value number = nullptr;
  napi_create_int32(env, result, &number);
  return number;
}

Value Connect(const CallbackInfo& info) {
  UnixAddress address;
  const int named = Address(info, 1, &address);
  return Number(info, named < 0 ? named : ConnectSocket(Integer(info, 0, -1), address));
}

Value Listen(const CallbackInfo& info) {
  return Number(info, SetBacklog(Integer(info, 0, -1), Integer(info, 1, SOMAXCONN)));
}

Value Memfd(const CallbackInfo& info) {
  char name[250] = {};
  const Bytes text(info, 0);
  if (!text.valid() || text.size() >= sizeof(name) || text.HasNul()) return Number(info, -EINVAL);
  memcpy(name, text.data(), text.size());
  const Bytes content(info, 1);
  if (!content.valid()) return Number(info, -EINVAL);
  return Number(info, Owned(info).Add(MakeSealedMemfd(name, content.data(), content.size())));
}

Value Describe(const CallbackInfo& info) {
  SocketInfo socket;
  // No socket has the inode 0: its backlog is unknown.
  unsigned int inode = 0;
  Whole(info, 1, &inode);
  const int described = DescribeSocket(Integer(info, 0, -1), inode, &socket);
  if (described < 0) return Number(info, described);
  const Napi::Env env = info.Env();
  const Napi::Object object = Napi::Object::New(env);
  object.Set("domain", Napi::Number::New(env, socket.domain));
  object.Set("type", Napi::Number::New(env, socket.type));
  object.Set("protocol", Napi::Number::New(env, socket.protocol));
  object.Set("listening", Napi::Boolean::New(env, socket.listening));
  object.Set("backlog", Napi::Number::New(env, socket.backlog));
  object.Set("address", Napi::Buffer<char>::Copy(env, socket.address, socket.address_length));
  object.Set("port", Napi::Number::New(env, socket.port));
  object.Set("cid", Napi::Number::New(env, socket.cid));
  return object;
}

template <napi_value (*Callback)(napi_env, napi_callback_info)>
void ExportPlain(Napi::Object* exports, const char* name) {
  napi_value function = nullptr;
  napi_create_function(exports->Env(), name, NAPI_AUTO_LENGTH, Callback, nullptr, &function);
  exports->Set(name, function);
}

// No outbox in a runtime that does not support external buffers.
void ExportOutbox(Napi::Object* exports, Thread* thread) {
  napi_value outbox = nullptr;
  if (napi_create_external_arraybuffer(exports->Env(), thread->outbox, sizeof(thread->outbox),
                                       nullptr, nullptr, &outbox) == napi_ok)
    exports->Set("outbox", outbox);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* const thread = new Thread();
  env.SetInstanceData(thread);
  ExportOutbox(&exports, thread);
  Export<Opened<OpenDatagramSocket>>(&exports, "open");
  Export<Send>(&exports, "send");
  ExportPlain<SendOutbox>(&exports, "sendOutbox");
  Export<Connect>(&exports, "connect");
  Export<OfDescriptor<UnreadBytes>>(&exports, "unread");
  Export<Opened<MakeEventCounter>>(&exports, "eventCounter");
  Export<OfDescriptor<SignalEventCounter>>(&exports, "signal");
  Export<OfDescriptor<DrainEventCounter>>(&exports, "drain");
  Export<Pipe>(&exports, "pipe");
  Export<OpenedFrom<DuplicateDescriptor>>(&exports, "duplicate");
  Export<Close>(&exports, "close");
  Export<Disown>(&exports, "disown");
  Export<Stat>(&exports, "stat");
  Export<Switched<SetCloseOnExec>>(&exports, "closeOnExec");
  Export<Switched<SetNonBlocking>>(&exports, "nonBlocking");
  Export<OpenedFrom<OpenProcess>>(&exports, "openProcess");
  Export<Memfd>(&exports, "memfd");
  Export<OfDescriptor<SealsOf>>(&exports, "seals");
  Export<Describe>(&exports, "describe");
  Export<Listen>(&exports, "listen");
  ExportWaiting(&exports);
  ExportStandIn(&exports);
  return exports;
}

}  // namespace
}  // namespace readyd

using readyd::Init;
NODE_API_MODULE(readyd, Init)
