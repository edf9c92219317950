// Decodes the arguments of a call from JavaScript. A wrong argument becomes a value that the callee
// refuses, never undefined behaviour.
#ifndef READYD_NATIVE_ARGUMENTS_H_
#define READYD_NATIVE_ARGUMENTS_H_

#include <napi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <limits>

namespace readyd {

// An integer, if a T can hold it. Node-API would convert any number: NaN to 0, and 2^32 + 5 to 5,
// which may be another descriptor.
template <typename T>
bool Whole(napi_env env, napi_value argument, T* value) {
  double number = 0;
  if (napi_get_value_double(env, argument, &number) != napi_ok) return false;
  // In this form it also refuses NaN: every comparison with NaN is false.
  if (!(number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max()))
    return false;
  if (static_cast<double>(static_cast<T>(number)) != number) return false;
  *value = static_cast<T>(number);
  return true;
}

template <typename T>
bool Whole(const Napi::CallbackInfo& info, size_t index, T* value) {
  return Whole(info.Env(), info[index], value);
}

// The integer argument at `index`, or `missing` if it is absent or not an integer.
inline int Integer(const Napi::CallbackInfo& info, size_t index, int missing) {
  int value = missing;
  return Whole(info, index, &value) ? value : missing;
}

// The bytes of a string, as UTF-8, on the heap only if they are many; or the bytes of a Uint8Array,
// not copied.
class Bytes {
 public:
  Bytes(const Napi::CallbackInfo& info, size_t index) : env_(info.Env()) { Read(info[index]); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { free(heap_); }

  bool valid() const { return data_ != nullptr; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  // A NUL-terminated copy cannot hold a NUL.
  bool HasNul() const { return memchr(data_, '\0', size_) != nullptr; }

 private:
  void Read(napi_value value) {
    if (napi_get_value_string_utf8(env_, value, buffer_, sizeof(buffer_), &size_) != napi_ok)
      return ReadArray(value);
    data_ = buffer_;
    // A full buffer may mean a longer string: a character of up to four bytes did not fit.
    if (size_ + 4 >= sizeof(buffer_)) ReadLong(value);
  }

  void ReadLong(napi_value value) {
    data_ = nullptr;
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, value, nullptr, 0, &length) != napi_ok) return;
    heap_ = static_cast<char*>(malloc(length + 1));
    if (heap_ == nullptr) return;
    if (napi_get_value_string_utf8(env_, value, heap_, length + 1, &size_) != napi_ok) return;
    // The analyzer does not see that the destructor frees it.
    data_ = heap_;  // NOLINT(clang-analyzer-unix.Malloc)
  }

  void ReadArray(napi_value value) {
    napi_typedarray_type type = napi_uint8_array;
    void* bytes = nullptr;
    size_ = 0;
    bool is_array = false;
    if (napi_is_typedarray(env_, value, &is_array) != napi_ok || !is_array) return;
    if (napi_get_typedarray_info(env_, value, &type, &size_, &bytes, nullptr, nullptr) != napi_ok)
      return;
    if (type != napi_uint8_array) return;
    // An empty array has no memory behind it.
    data_ = size_ > 0 ? static_cast<const char*>(bytes) : buffer_;
  }

  napi_env env_;
  const char* data_ = nullptr;
  size_t size_ = 0;
  char* heap_ = nullptr;
  char buffer_[8192];
};

// The elements of an array of that type, which stays alive and in place during the call. False for
// any other value except undefined.
template <typename T>
bool Elements(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type wanted, T** values,
              size_t* count) {
  *count = 0;
  if (info[index].IsUndefined()) return true;
  if (!info[index].IsTypedArray()) return false;
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  if (napi_get_typedarray_info(info.Env(), info[index], &type, count, &data, nullptr, nullptr) !=
      napi_ok)
    return false;
  *values = static_cast<T*>(data);
  return type == wanted;
}

// The elements of an Int32Array.
inline bool Integers(const Napi::CallbackInfo& info, size_t index, const int** values,
                     size_t* count) {
  return Elements(info, index, napi_int32_array, values, count);
}

}  // namespace readyd

#endif  // READYD_NATIVE_ARGUMENTS_H_
