// The exports that wait, by default in a pool thread: poll, batches of entries, vsock.
#include <errno.h>
#include <napi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "arguments.h"
#include "batch.h"
#include "exports.h"
#include "task.h"
#include "vsock.h"

namespace readyd {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

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
  // A number: the task could not start and has been deleted.
  if (!promise.IsNumber()) thread->batch = &task->work.batch;
  return promise;
}

Value StopBatch(const CallbackInfo& info) {
  auto* const thread = info.Env().GetInstanceData<Thread>();
  return Number(info, thread->batch == nullptr ? 0 : thread->batch->Stop());
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

}  // namespace

void ExportWaiting(Napi::Object* exports) {
  Export<Poll>(exports, "poll");
  Export<PollSync>(exports, "pollSync");
  Export<SendBatch>(exports, "sendBatch");
  Export<StopBatch>(exports, "stopBatch");
  Export<VsockSend>(exports, "vsockSend");
  Export<VsockSendSync>(exports, "vsockSendSync");
}

}  // namespace readyd
