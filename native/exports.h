// What the files that know JavaScript values share: the state of a thread, and templates for
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

// What one JavaScript thread has here.
struct Thread {
  OwnedDescriptors owned;
  // The one that a thread of the pool sends now.
  Batch* batch = nullptr;
  // Lent to JavaScript, which writes a datagram into it: nothing is left to decode or to copy then.
  // Its memory is ours, so that nothing that JavaScript does can take it away.
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

// The same with a switch, which is on unless it is 0.
template <int (*Function)(int, bool)>
Napi::Value Switched(const Napi::CallbackInfo& info) {
  return Number(info, Function(Integer(info, 0, -1), Integer(info, 1, 1) != 0));
}

// A function that opens a descriptor, for this thread to own.
template <int (*Function)()>
Napi::Value Opened(const Napi::CallbackInfo& info) {
  return Number(info, Owned(info).Add(Function()));
}

// The same, from a descriptor or the number of a process.
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
