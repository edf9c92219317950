// Just enough of Node-API to call the addon where no Node is: built by musl-gcc, it loads the file
// that the package brings under musl's dynamic loader and calls every function of it for real.
// `host ADDON`; exits with 0 if all is well.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <node_api.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void Fail(const char* what, double got) {
  fprintf(stderr, "%s: got %g\n", what, got);
  exit(1);
}

#define EXPECT(condition, got) \
  if (!(condition)) Fail(#condition, got)

// Values. Nothing is freed: the process ends soon.
enum Kind { kUndefined, kNumber, kBoolean, kText, kBytes, kIntegers, kDoubles, kObject, kFunction };
struct napi_value__ {
  enum Kind kind;
  double number;
  const char* bytes;
  size_t size;
  // Of an object: names and values. Of an array: values alone.
  const char* names[32];
  napi_value values[32];
  size_t count;
  napi_callback call;
  void* data;
  int called;
};
struct napi_callback_info__ {
  size_t count;
  napi_value* arguments;
  void* data;
};
struct napi_deferred__ {
  napi_value promise;
};
struct napi_async_work__ {
  napi_async_execute_callback execute;
  napi_async_complete_callback complete;
  void* data;
};

static napi_value Make(enum Kind kind) {
  napi_value value = calloc(1, sizeof(*value));
  value->kind = kind;
  return value;
}
static napi_value Number(double number) {
  napi_value value = Make(kNumber);
  value->number = number;
  return value;
}
static napi_value Data(enum Kind kind, const void* bytes, size_t size) {
  napi_value value = Make(kind);
  value->bytes = bytes;
  value->size = size;
  return value;
}
static napi_value Text(const char* text) { return Data(kText, text, strlen(text)); }
static napi_value Get(napi_value object, const char* name) {
  for (size_t i = 0; i < object->count; i += 1) {
    if (strcmp(object->names[i], name) == 0) return object->values[i];
  }
  Fail(name, NAN);
}

// What the addon asks for.
static void* instance_data;
static napi_status Give(napi_value* result, napi_value value) {
  *result = value;
  return napi_ok;
}
napi_status napi_set_instance_data(napi_env env, void* data, napi_finalize done, void* hint) {
  instance_data = data;
  return napi_ok;
}
napi_status napi_get_instance_data(napi_env env, void** data) {
  *data = instance_data;
  return napi_ok;
}
napi_status napi_open_handle_scope(napi_env env, napi_handle_scope* scope) { return napi_ok; }
napi_status napi_close_handle_scope(napi_env env, napi_handle_scope scope) { return napi_ok; }
napi_status napi_is_exception_pending(napi_env env, bool* pending) {
  *pending = false;
  return napi_ok;
}
napi_status napi_get_undefined(napi_env env, napi_value* result) {
  return Give(result, Make(kUndefined));
}
napi_status napi_get_boolean(napi_env env, bool on, napi_value* result) {
  *result = Make(kBoolean);
  (*result)->number = on;
  return napi_ok;
}
napi_status napi_create_double(napi_env env, double number, napi_value* result) {
  return Give(result, Number(number));
}
napi_status napi_create_int32(napi_env env, int32_t number, napi_value* result) {
  return Give(result, Number(number));
}
napi_status napi_create_external_arraybuffer(napi_env env, void* bytes, size_t size,
                                             napi_finalize done, void* hint, napi_value* result) {
  return Give(result, Data(kBytes, bytes, size));
}
napi_status napi_create_object(napi_env env, napi_value* result) {
  return Give(result, Make(kObject));
}
napi_status napi_create_array_with_length(napi_env env, size_t length, napi_value* result) {
  return Give(result, Make(kObject));
}
napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length,
                                    napi_value* result) {
  return Give(result, Text(text));
}
napi_status napi_create_buffer_copy(napi_env env, size_t size, const void* bytes, void** copy,
                                    napi_value* result) {
  char* own = malloc(size + 1);
  memcpy(own, bytes, size);
  own[size] = '\0';
  if (copy != NULL) *copy = own;
  return Give(result, Data(kBytes, own, size));
}
napi_status napi_create_function(napi_env env, const char* name, size_t length, napi_callback call,
                                 void* data, napi_value* result) {
  *result = Make(kFunction);
  (*result)->call = call;
  (*result)->data = data;
  return napi_ok;
}
napi_status napi_set_named_property(napi_env env, napi_value object, const char* name,
                                    napi_value value) {
  EXPECT(object->count < 32, (double)object->count);
  object->names[object->count] = name;
  object->values[object->count++] = value;
  return napi_ok;
}
napi_status napi_set_element(napi_env env, napi_value object, uint32_t index, napi_value value) {
  EXPECT(index < 32, index);
  object->values[index] = value;
  if (object->count <= index) object->count = index + 1;
  return napi_ok;
}
napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* count,
                             napi_value* arguments, napi_value* receiver, void** data) {
  for (size_t i = 0; arguments != NULL && i < *count; i += 1) {
    arguments[i] = i < info->count ? info->arguments[i] : Make(kUndefined);
  }
  if (count != NULL) *count = info->count;
  if (receiver != NULL) *receiver = Make(kUndefined);
  if (data != NULL) *data = info->data;
  return napi_ok;
}
napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* type) {
  static const napi_valuetype types[] = {napi_undefined, napi_number, napi_boolean, napi_string,
                                         napi_object,    napi_object, napi_object,  napi_function};
  *type = types[value->kind];
  return napi_ok;
}
napi_status napi_get_value_double(napi_env env, napi_value value, double* result) {
  if (value->kind != kNumber) return napi_number_expected;
  *result = value->number;
  return napi_ok;
}
napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char* buffer,
                                       size_t capacity, size_t* result) {
  if (value->kind != kText) return napi_string_expected;
  size_t size = value->size;
  if (buffer != NULL) {
    if (size > capacity - 1) size = capacity - 1;
    memcpy(buffer, value->bytes, size);
    buffer[size] = '\0';
  }
  if (result != NULL) *result = size;
  return napi_ok;
}
napi_status napi_is_typedarray(napi_env env, napi_value value, bool* result) {
  *result = value->kind == kBytes || value->kind == kIntegers || value->kind == kDoubles;
  return napi_ok;
}
napi_status napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type* type,
                                     size_t* length, void** data, napi_value* buffer,
                                     size_t* offset) {
  const bool integers = value->kind == kIntegers, doubles = value->kind == kDoubles;
  if (type != NULL)
    *type = integers ? napi_int32_array : doubles ? napi_float64_array : napi_uint8_array;
  if (length != NULL)
    *length = value->size / (integers ? sizeof(int) : doubles ? sizeof(double) : 1);
  if (data != NULL) *data = (void*)value->bytes;
  if (buffer != NULL) *buffer = value;
  if (offset != NULL) *offset = 0;
  return napi_ok;
}
napi_status napi_create_promise(napi_env env, napi_deferred* deferred, napi_value* promise) {
  *deferred = calloc(1, sizeof(**deferred));
  *promise = (*deferred)->promise = Make(kObject);
  return napi_ok;
}
napi_status napi_resolve_deferred(napi_env env, napi_deferred deferred, napi_value value) {
  deferred->promise->values[0] = value;
  deferred->promise->count = 1;
  return napi_ok;
}
napi_status napi_create_async_work(napi_env env, napi_value resource, napi_value name,
                                   napi_async_execute_callback execute,
                                   napi_async_complete_callback complete, void* data,
                                   napi_async_work* work) {
  *work = calloc(1, sizeof(**work));
  **work = (struct napi_async_work__){execute, complete, data};
  return napi_ok;
}
static void* Execute(void* work) {
  ((napi_async_work)work)->execute(NULL, ((napi_async_work)work)->data);
  return NULL;
}
// In a thread of its own, as in Node; but waits for it, since there is no event loop to go on with.
napi_status napi_queue_async_work(napi_env env, napi_async_work work) {
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, Execute, work) == 0, errno);
  pthread_join(thread, NULL);
  work->complete(NULL, napi_ok, work->data);
  return napi_ok;
}
napi_status napi_delete_async_work(napi_env env, napi_async_work work) { return napi_ok; }

// Calls into the addon.
static napi_value exported;
static napi_value Call(const char* name, napi_value a, napi_value b, napi_value c, napi_value d,
                       napi_value e) {
  napi_value arguments[] = {a, b, c, d, e};
  size_t count = 0;
  while (count < 5 && arguments[count] != NULL) count += 1;
  napi_value function = Get(exported, name);
  function->called = 1;
  struct napi_callback_info__ info = {count, arguments, function->data};
  return function->call(NULL, &info);
}
static double Result(napi_value value) { return value->kind == kNumber ? value->number : NAN; }
#define CALL5(name, a, b, c, d, e, ...) Call(name, a, b, c, d, e)
#define CALL(name, ...) CALL5(name, __VA_ARGS__, NULL, NULL, NULL, NULL, NULL)
#define INT(...) Result(CALL(__VA_ARGS__))

static int Good(const char* what, double result) {
  if (!(result >= 0)) Fail(what, result);
  return (int)result;
}

static void TestDatagrams(void) {
  char name[64] = {0};
  snprintf(name + 1, sizeof(name) - 1, "readyd-musl-%d", getpid());
  napi_value address = Data(kText, name, 1 + strlen(name + 1));
  const int receiver = Good("bindDatagram", INT("bindDatagram", address));
  const int sender = Good("open", INT("open", NULL));
  napi_value ends = CALL("pipe", NULL);
  const int passed[] = {Good("pipe", Result(ends->values[0]))};
  napi_value fds = Data(kIntegers, passed, sizeof(passed));
  EXPECT(INT("send", Number(sender), address, Text("READY=1"), fds, Number(getpid())) == 7, errno);
  EXPECT(INT("connect", Number(sender), address) == 0, errno);
  EXPECT(INT("send", Number(sender), Make(kUndefined), Text("STATUS=up")) == 9, errno);
  EXPECT(INT("unread", Number(sender)) >= 7 + 9, errno);
  napi_value outbox = Get(exported, "outbox");
  memcpy((char*)outbox->bytes, "STATUS=out", 10);
  EXPECT(INT("sendOutbox", Number(sender), Number(10)) == 10, errno);
  EXPECT(INT("sendOutbox", Number(sender), Number((double)outbox->size + 1)) == -EINVAL, errno);

  const int sizes[] = {5};
  napi_value batch = CALL("sendBatch", Number(sender), address, Data(kBytes, "batch", 5),
                          Data(kIntegers, sizes, sizeof(sizes)), Number(1000));
  EXPECT(batch->count == 1 && Result(batch->values[0]) == 1, Result(batch));
  Good("stopBatch", INT("stopBatch", NULL));

  const int pair[] = {receiver, POLLIN};
  napi_value events = CALL("poll", Data(kIntegers, pair, sizeof(pair)), Number(1000))->values[0];
  EXPECT(Result(events->values[0]) == POLLIN, Result(events->values[0]));
  EXPECT(INT("pollSync", Number(receiver), Number(POLLIN), Number(0)) == POLLIN, errno);

  char buffer[64] = {0};
  napi_value bytes = Data(kBytes, buffer, sizeof(buffer));
  napi_value datagram = CALL("receive", Number(receiver), bytes);
  EXPECT(datagram->kind == kObject, Result(datagram));
  EXPECT(Result(Get(datagram, "size")) == 7 && memcmp(buffer, "READY=1", 7) == 0, 0);
  EXPECT(Result(Get(datagram, "pid")) == getpid(), Result(Get(datagram, "pid")));
  EXPECT(Result(Get(datagram, "uid")) == getuid(), Result(Get(datagram, "uid")));
  EXPECT(Get(datagram, "truncated")->number == 0, 1);
  EXPECT(Get(datagram, "fds")->count == 1, (double)Get(datagram, "fds")->count);
  struct stat sent, received;
  fstat(passed[0], &sent);
  fstat((int)Result(Get(datagram, "fds")->values[0]), &received);
  EXPECT(sent.st_ino == received.st_ino, (double)received.st_ino);

  datagram = CALL("receive", Number(receiver), bytes);
  EXPECT(memcmp(buffer, "STATUS=up", 9) == 0 && Get(datagram, "fds")->count == 0, 0);
  datagram = CALL("receive", Number(receiver), bytes);
  EXPECT(Result(Get(datagram, "size")) == 10 && memcmp(buffer, "STATUS=out", 10) == 0, 0);
  datagram = CALL("receive", Number(receiver), bytes);
  EXPECT(Result(Get(datagram, "size")) == 5 && memcmp(buffer, "batch", 5) == 0, 0);
  EXPECT(INT("receive", Number(receiver), bytes) == -EAGAIN, errno);
  EXPECT(INT("unread", Number(sender)) == 0, errno);
  EXPECT(INT("close", Number(receiver)) == 0, errno);
  EXPECT(INT("send", Number(sender), Make(kUndefined), Text("x")) == -ECONNREFUSED, errno);
  char path[200] = "/";
  memset(path + 1, 'x', sizeof(path) - 2);
  EXPECT(INT("send", Number(sender), Text(path), Text("x")) == -ENAMETOOLONG, errno);
}

static void TestJournal(void) {
  const int fd = Good("memfd", INT("memfd", Text("readyd-musl"), Text("MESSAGE=long\n")));
  char content[32] = {0};
  EXPECT(pread(fd, content, sizeof(content), 0) == 13 && strcmp(content, "MESSAGE=long\n") == 0,
         errno);
  const int seals = fcntl(fd, F_GET_SEALS);
  EXPECT((seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) ==
             (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
         seals);
  EXPECT(INT("seals", Number(fd)) == seals, errno);
}

static void TestSockets(void) {
  const int inet =
      Good("bindInet", INT("bindInet", Text("127.0.0.1"), Number(0), Number(0), Number(5)));
  EXPECT(INT("listen", Number(inet), Number(9)) == 0, errno);
  napi_value facts = CALL("describe", Number(inet), Number(0));
  EXPECT(facts->kind == kObject, Result(facts));
  EXPECT(Result(Get(facts, "domain")) == AF_INET && Get(facts, "listening")->number == 1, 0);
  EXPECT(Result(Get(facts, "backlog")) == 9, Result(Get(facts, "backlog")));
  EXPECT(strcmp(Get(facts, "address")->bytes, "127.0.0.1") == 0, 0);
  struct sockaddr_in name;
  socklen_t length = sizeof(name);
  getsockname(inet, (struct sockaddr*)&name, &length);
  EXPECT(Result(Get(facts, "port")) == ntohs(name.sin_port), Result(Get(facts, "port")));

  char path[64] = {0};
  snprintf(path + 1, sizeof(path) - 1, "readyd-musl-stream-%d", getpid());
  napi_value address = Data(kText, path, 1 + strlen(path + 1));
  const int stream = Good("bindStream", INT("bindStream", address, Number(7)));
  struct stat state;
  fstat(stream, &state);
  facts = CALL("describe", Number(stream), Number((double)state.st_ino));
  EXPECT(Result(Get(facts, "domain")) == AF_UNIX, Result(Get(facts, "domain")));
  EXPECT(Get(facts, "address")->size == address->size, (double)Get(facts, "address")->size);
  // By netlink; -1 where it is forbidden.
  EXPECT(Result(Get(facts, "backlog")) == 7 || Result(Get(facts, "backlog")) == -1,
         Result(Get(facts, "backlog")));
  EXPECT(INT("describe", Number(open("/dev/null", O_RDONLY)), Number(0)) == -ENOTSOCK, errno);
}

static void TestDescriptors(void) {
  const int counter = Good("eventCounter", INT("eventCounter", NULL));
  Good("signal", INT("signal", Number(counter)));
  EXPECT(INT("pollSync", Number(counter), Number(POLLIN), Number(1000)) == POLLIN, errno);
  Good("drain", INT("drain", Number(counter)));
  EXPECT(INT("pollSync", Number(counter), Number(POLLIN), Number(0)) == 0, errno);
  EXPECT(INT("closeOnExec", Number(counter), Number(0)) == 0 && fcntl(counter, F_GETFD) == 0,
         errno);
  EXPECT(INT("nonBlocking", Number(counter), Number(0)) == 0 &&
             (fcntl(counter, F_GETFL) & O_NONBLOCK) == 0,
         errno);
  struct stat state;
  double file[3] = {0};
  fstat(counter, &state);
  EXPECT(INT("stat", Number(counter), Data(kDoubles, file, sizeof(file))) == 1, errno);
  EXPECT(file[0] == (double)state.st_dev && file[1] == (double)state.st_ino, file[1]);
  EXPECT(file[2] == (double)state.st_mode, file[2]);
  Good("duplicate", INT("duplicate", Number(counter)));
  Good("openProcess", INT("openProcess", Number(getpid())));
  EXPECT(INT("disown", Number(counter)) == counter, counter);
  EXPECT(INT("close", Number(counter)) == -EBADF, errno);
  EXPECT(INT("vsockSendSync", Number(0), Number(2), Number(1), Text("x"), Number(1)) < 0, 0);
  napi_value sent =
      CALL("vsockSend", Number(0), Number(2), Number(1), Text("x"), Number(1))->values[0];
  EXPECT(Result(sent) < 0, Result(sent));
}

static void ExpectMusl(void) {
  char line[512];
  int found = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof(line), maps) != NULL) {
    if (strstr(line, "musl") != NULL) found = 1;  // ld-musl-ARCH.so.1, or what that links to
    if (strstr(line, "libc.so.6") != NULL) Fail("glibc is loaded, too", 1);
  }
  EXPECT(found, 0);
}

int main(int argc, char** argv) {
  void* addon = dlopen(argv[1], RTLD_NOW);
  if (addon == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  napi_value (*enter)(napi_env, napi_value) =
      (napi_value(*)(napi_env, napi_value))dlsym(addon, "napi_register_module_v1");
  exported = enter(NULL, Make(kObject));
  ExpectMusl();
  TestDatagrams();
  TestJournal();
  TestSockets();
  TestDescriptors();
  for (size_t i = 0; i < exported->count; i += 1) {
    napi_value one = exported->values[i];
    if (one->kind == kFunction && !one->called) Fail(exported->names[i], 0);
  }
  printf("%zu exports\n", exported->count);
  return 0;
}
