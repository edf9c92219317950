// Shared by the files that know JavaScript values: the state of a thread, and templates for
// functions that take one integer.
#ifndef READYD_NATIVE_EXPORTS_H_
#define READYD_NATIVE_EXPORTS_H_

#include <errno.h>
#include <napi.h>

#include "arguments.h"
#include "batch.h"
#include "descriptor.h"
#include "unix_socket.h"

namespace readyd {

constexpr int kOutbox = 8192;

// The state of one JavaScript thread.
struct Thread {
  OwnedDescriptors owned;
  // The batch that a pool thread is sending.
  Batch* batch = nullptr;
  // JavaScript writes a datagram into it, so that no decoding and no copy is needed. The addon owns
  // its memory: JavaScript cannot free or move it.
  char outbox[kOutbox];
};

inline OwnedDescriptors& Owned(const Napi::CallbackInfo& info) {
  return info.Env().GetInstanceData<Thread>()->owned;
}

inline Napi::Value Number(const Napi::CallbackInfo& info, int value) {
  return Napi::Number::New(info.Env(), value);
}

inline int Address(const Napi::CallbackInfo& info, size_t index, UnixAddress* address) {
  const Bytes name(info, index);
  return name.valid() ? MakeUnixAddress(name.data(), name.size(), address) : -EINVAL;
}

// A function of a descriptor that returns a number.
template <int (*Function)(int)>
Napi::Value OfDescriptor(const Napi::CallbackInfo& info) {
  return Number(info, Function(Integer(info, 0, -1)));
}

// The same with a flag, which is set unless it is 0.
template <int (*Function)(int, bool)>
Napi::Value Switched(const Napi::CallbackInfo& info) {
  return Number(info, Function(Integer(info, 0, -1), Integer(info, 1, 1) != 0));
}

// A function that opens a descriptor, which this thread then owns.
template <int (*Function)()>
Napi::Value Opened(const Napi::CallbackInfo& info) {
  return Number(info, Owned(info).Add(Function()));
}

// The same for a function that takes a descriptor or a process number.
template <int (*Function)(int)>
Napi::Value OpenedFrom(const Napi::CallbackInfo& info) {
  return Number(info, Owned(info).Add(Function(Integer(info, 0, -1))));
}

template <Napi::Value (*Callback)(const Napi::CallbackInfo&)>
void Export(Napi::Object* exports, const char* name) {
  exports->Set(name, Napi::Function::New<Callback>(exports->Env(), name));
}

// waiting.cc
void ExportWaiting(Napi::Object* exports);
// stand_in.cc
void ExportStandIn(Napi::Object* exports);

}  // namespace readyd

#endif  // READYD_NATIVE_EXPORTS_H_
