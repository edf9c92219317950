// Blocking work in a pool thread, never in the thread of the event loop.
#ifndef READYD_NATIVE_TASK_H_
#define READYD_NATIVE_TASK_H_

#include <errno.h>
#include <napi.h>

namespace readyd {

// Work that settles a promise with a number, or with the value that `Encode` returns.
template <typename Work>
class Task {
 public:
  static Napi::Value Start(const Napi::CallbackInfo& info, Task* task) {
    const Napi::Env env = info.Env();
    napi_value promise = nullptr;
    napi_value name = nullptr;
    napi_create_string_utf8(env, "readyd", NAPI_AUTO_LENGTH, &name);
    if (napi_create_promise(env, &task->deferred_, &promise) != napi_ok ||
        napi_create_async_work(env, nullptr, name, Execute, Complete, task, &task->work_) !=
            napi_ok ||
        napi_queue_async_work(env, task->work_) != napi_ok) {
      delete task;
      return Napi::Number::New(env, -EAGAIN);
    }
    return {env, promise};
  }

  Work work;

 private:
  static void Execute(napi_env env, void* data) {
    auto* task = static_cast<Task*>(data);
    task->result_ = task->work.Run();
  }

  static void Complete(napi_env env, napi_status status, void* data) {
    auto* task = static_cast<Task*>(data);
    const Napi::HandleScope scope(env);
    const int result = status == napi_ok ? task->result_ : -ECANCELED;
    napi_resolve_deferred(env, task->deferred_, task->work.Encode(env, result));
    napi_delete_async_work(env, task->work_);
    delete task;
  }

  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
  int result_ = 0;
};

}  // namespace readyd

#endif  // READYD_NATIVE_TASK_H_
