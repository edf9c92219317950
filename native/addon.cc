// The only file that knows JavaScript values: decode the arguments, make the call, encode the
// result. What each function takes and returns is written down once, in src/native.ts. A wrong
// argument is -EINVAL, never undefined behaviour.
#include <errno.h>
#include <napi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "arguments.h"
#include "batch.h"
#include "descriptor.h"
#include "memfd.h"
#include "socket_info.h"
#include "task.h"
#include "unix_socket.h"
#include "vsock.h"

namespace readyd {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

constexpr int kOutbox = 8192;

// What one JavaScript thread has here.
struct Thread {
  OwnedDescriptors owned;
  // The one that a thread of the pool sends now.
  Batch* batch = nullptr;
  // Lent to JavaScript, which writes a datagram into it: nothing is left to decode or to copy then.
  // Its memory is ours, so that nothing that JavaScript does can take it away.
  char outbox[kOutbox];
};

OwnedDescriptors& Owned(const CallbackInfo& info) {
  return info.Env().GetInstanceData<Thread>()->owned;
}

Value Number(const CallbackInfo& info, int value) { return Napi::Number::New(info.Env(), value); }

int Address(const CallbackInfo& info, size_t index, UnixAddress* address) {
  const Bytes name(info, index);
  return name.valid() ? MakeUnixAddress(name.data(), name.size(), address) : -EINVAL;
}

struct PollWork {
  pollfd* fds = nullptr;
  size_t count = 0;
  int timeout_ms = 0;

  PollWork() = default;
  PollWork(const PollWork&) = delete;
  PollWork& operator=(const PollWork&) = delete;
  ~PollWork() { free(fds); }

  int Run() { return WaitForEvents(fds, count, timeout_ms); }

  napi_value Encode(napi_env env, int result) const {
    if (result < 0) return Napi::Number::New(env, result);
    const Napi::Array events = Napi::Array::New(env, count);
    for (size_t i = 0; i < count; ++i)
      events.Set(static_cast<uint32_t>(i), Napi::Number::New(env, fds[i].revents));
    return events;
  }
};

struct BatchWork {
  Batch batch;

  int Run() { return batch.Run(); }

  napi_value Encode(napi_env env, int result) {
    void* thread = nullptr;
    if (napi_get_instance_data(env, &thread) == napi_ok && thread != nullptr)
      static_cast<Thread*>(thread)->batch = nullptr;
    return Napi::Number::New(env, result);
  }
};

struct VsockWork {
  VsockAddress address;
  char* bytes = nullptr;
  size_t size = 0;
  int timeout_ms = 0;

  VsockWork() = default;
  VsockWork(const VsockWork&) = delete;
  VsockWork& operator=(const VsockWork&) = delete;
  ~VsockWork() { free(bytes); }

  int Run() { return SendVsock(address, bytes, size, timeout_ms); }

  static napi_value Encode(napi_env env, int result) { return Napi::Number::New(env, result); }
};

Value Open(const CallbackInfo& info) { return Number(info, Owned(info).Add(OpenDatagramSocket())); }

Value Close(const CallbackInfo& info) {
  return Number(info, Owned(info).Close(Integer(info, 0, -1)));
}

Value Disown(const CallbackInfo& info) {
  return Number(info, Owned(info).Disown(Integer(info, 0, -1)));
}

Value Duplicate(const CallbackInfo& info) {
  return Number(info, Owned(info).Add(DuplicateDescriptor(Integer(info, 0, -1))));
}

Value Stat(const CallbackInfo& info) {
  double* files = nullptr;
  size_t length = 0;
  if (!Elements(info, 1, napi_float64_array, &files, &length) || length == 0 || length % 3 != 0)
    return Number(info, -EINVAL);
  return Number(info, StatDescriptors(Integer(info, 0, -1), length / 3, files));
}

Value CloseOnExec(const CallbackInfo& info) {
  return Number(info, SetCloseOnExec(Integer(info, 0, -1), Integer(info, 1, 1) != 0));
}

Value NonBlocking(const CallbackInfo& info) {
  return Number(info, SetNonBlocking(Integer(info, 0, -1), Integer(info, 1, 1) != 0));
}

Value Seals(const CallbackInfo& info) { return Number(info, SealsOf(Integer(info, 0, -1))); }

Value Pipe(const CallbackInfo& info) {
  int ends[2] = {-1, -1};
  const int made = MakePipe(ends);
  if (made < 0) return Number(info, made);
  const Napi::Array pair = Napi::Array::New(info.Env(), 2);
  for (uint32_t i = 0; i < 2; ++i)
    pair.Set(i, Napi::Number::New(info.Env(), Owned(info).Add(ends[i])));
  return pair;
}

Value EventCounter(const CallbackInfo& info) {
  return Number(info, Owned(info).Add(MakeEventCounter()));
}

Value Signal(const CallbackInfo& info) {
  return Number(info, SignalEventCounter(Integer(info, 0, -1)));
}

Value Drain(const CallbackInfo& info) {
  return Number(info, DrainEventCounter(Integer(info, 0, -1)));
}

Value Process(const CallbackInfo& info) {
  return Number(info, Owned(info).Add(OpenProcess(Integer(info, 0, -1))));
}

Value Send(const CallbackInfo& info) {
  UnixAddress address;
  const bool connected = info[1].IsUndefined();
  const int named = connected ? 0 : Address(info, 1, &address);
  if (named < 0) return Number(info, named);
  const Bytes payload(info, 2);
  Ancillary ancillary;
  if (!payload.valid()) return Number(info, -EINVAL);
  // To ask for what was not passed is a call of Node-API too.
  if (info.Length() > 3) {
    if (!Integers(info, 3, &ancillary.fds, &ancillary.fd_count)) return Number(info, -EINVAL);
    ancillary.pid = Integer(info, 4, 0);
  }
  return Number(info, SendDatagram(Integer(info, 0, -1), connected ? nullptr : &address,
                                   payload.data(), payload.size(), ancillary));
}

// By the plain functions of Node-API: the wrapper's would be a tenth of a short send.
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

Value SendBatch(const CallbackInfo& info) {
  auto* const thread = info.Env().GetInstanceData<Thread>();
  if (thread->batch != nullptr) return Number(info, -EBUSY);
  UnixAddress address;
  const int named = Address(info, 1, &address);
  if (named < 0) return Number(info, named);
  const Bytes bytes(info, 2);
  const int* sizes = nullptr;
  size_t count = 0;
  if (!bytes.valid() || !Integers(info, 3, &sizes, &count)) return Number(info, -EINVAL);
  auto* task = new Task<BatchWork>();
  const int filled = task->work.batch.Fill(Integer(info, 0, -1), address, bytes.data(),
                                           bytes.size(), sizes, count, Integer(info, 4, 0));
  if (filled < 0) {
    delete task;
    return Number(info, filled);
  }
  const Value promise = Task<BatchWork>::Start(info, task);
  // A number: it could not be started, and is gone.
  if (!promise.IsNumber()) thread->batch = &task->work.batch;
  return promise;
}

Value StopBatch(const CallbackInfo& info) {
  auto* const thread = info.Env().GetInstanceData<Thread>();
  return Number(info, thread->batch == nullptr ? 0 : thread->batch->Stop());
}

Value Connect(const CallbackInfo& info) {
  UnixAddress address;
  const int named = Address(info, 1, &address);
  return Number(info, named < 0 ? named : ConnectSocket(Integer(info, 0, -1), address));
}

Value Unread(const CallbackInfo& info) { return Number(info, UnreadBytes(Integer(info, 0, -1))); }

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

Value Listen(const CallbackInfo& info) {
  return Number(info, SetBacklog(Integer(info, 0, -1), Integer(info, 1, SOMAXCONN)));
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

Value Poll(const CallbackInfo& info) {
  const int* pairs = nullptr;
  size_t length = 0;
  if (!Integers(info, 0, &pairs, &length) || length == 0 || length % 2 != 0)
    return Number(info, -EINVAL);
  auto* task = new Task<PollWork>();
  task->work.count = length / 2;
  task->work.timeout_ms = Integer(info, 1, 0);
  task->work.fds = static_cast<pollfd*>(calloc(task->work.count, sizeof(pollfd)));
  if (task->work.fds == nullptr) {
    delete task;
    return Number(info, -ENOMEM);
  }
  for (size_t i = 0; i < task->work.count; ++i) {
    task->work.fds[i].fd = pairs[i * 2];
    task->work.fds[i].events = static_cast<int16_t>(pairs[i * 2 + 1]);
  }
  return Task<PollWork>::Start(info, task);
}

Value PollSync(const CallbackInfo& info) {
  pollfd fd = {Integer(info, 0, -1), static_cast<int16_t>(Integer(info, 1, 0)), 0};
  const int ready = WaitForEvents(&fd, 1, Integer(info, 2, 0));
  return Number(info, ready < 0 ? ready : fd.revents);
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
  // No socket has the number 0: its backlog is not known then.
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

bool ReadVsock(const CallbackInfo& info, VsockAddress* address) {
  address->type = Integer(info, 0, -1);
  if (!Whole(info, 1, &address->cid) || !Whole(info, 2, &address->port)) return false;
  return address->type == 0 || address->type == SOCK_DGRAM || address->type == SOCK_SEQPACKET ||
         address->type == SOCK_STREAM;
}

Value VsockSendSync(const CallbackInfo& info) {
  VsockAddress address;
  const Bytes payload(info, 3);
  if (!ReadVsock(info, &address) || !payload.valid()) return Number(info, -EINVAL);
  return Number(info, SendVsock(address, payload.data(), payload.size(), Integer(info, 4, 0)));
}

Value VsockSend(const CallbackInfo& info) {
  auto* task = new Task<VsockWork>();
  const Bytes payload(info, 3);
  task->work.bytes = payload.valid() ? static_cast<char*>(malloc(payload.size() + 1)) : nullptr;
  if (!ReadVsock(info, &task->work.address) || task->work.bytes == nullptr) {
    delete task;
    return Number(info, -EINVAL);
  }
  memcpy(task->work.bytes, payload.data(), payload.size());
  task->work.size = payload.size();
  task->work.timeout_ms = Integer(info, 4, 0);
  return Task<VsockWork>::Start(info, task);
}

template <Value (*Callback)(const CallbackInfo&)>
void Export(Napi::Object* exports, const char* name) {
  exports->Set(name, Napi::Function::New<Callback>(exports->Env(), name));
}

template <napi_value (*Callback)(napi_env, napi_callback_info)>
void ExportPlain(Napi::Object* exports, const char* name) {
  napi_value function = nullptr;
  napi_create_function(exports->Env(), name, NAPI_AUTO_LENGTH, Callback, nullptr, &function);
  exports->Set(name, function);
}

// Where a runtime has no buffers over memory that is not its own, there is no outbox.
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
  Export<Open>(&exports, "open");
  Export<Send>(&exports, "send");
  ExportPlain<SendOutbox>(&exports, "sendOutbox");
  Export<SendBatch>(&exports, "sendBatch");
  Export<StopBatch>(&exports, "stopBatch");
  Export<Connect>(&exports, "connect");
  Export<Unread>(&exports, "unread");
  Export<Poll>(&exports, "poll");
  Export<PollSync>(&exports, "pollSync");
  Export<EventCounter>(&exports, "eventCounter");
  Export<Signal>(&exports, "signal");
  Export<Drain>(&exports, "drain");
  Export<Pipe>(&exports, "pipe");
  Export<Duplicate>(&exports, "duplicate");
  Export<Close>(&exports, "close");
  Export<Disown>(&exports, "disown");
  Export<Stat>(&exports, "stat");
  Export<CloseOnExec>(&exports, "closeOnExec");
  Export<NonBlocking>(&exports, "nonBlocking");
  Export<Process>(&exports, "openProcess");
  Export<Memfd>(&exports, "memfd");
  Export<Seals>(&exports, "seals");
  Export<Describe>(&exports, "describe");
  Export<Listen>(&exports, "listen");
  Export<VsockSend>(&exports, "vsockSend");
  Export<VsockSendSync>(&exports, "vsockSendSync");
  Export<BindDatagram>(&exports, "bindDatagram");
  Export<BindStream>(&exports, "bindStream");
  Export<BindInet>(&exports, "bindInet");
  Export<Receive>(&exports, "receive");
  return exports;
}

}  // namespace
}  // namespace readyd

using readyd::Init;
NODE_API_MODULE(readyd, Init)
