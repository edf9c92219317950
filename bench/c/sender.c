// sender KIND: for each line COUNT on stdin sends COUNT datagrams, and prints its start, its end, and its processor time,
// in nanoseconds. Its messages are finished strings. Only sd_journal_send formats them from values, as a real program
// does.
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "lines.h"

#define NOTIFY_PATH "/run/systemd/notify"
#define JOURNAL_PATH "/run/systemd/journal/socket"
#define STATUS "STATUS=serving request 1234567"

// The six fields that programs/sender.js logs.
static const char* const kFields[] = {
    "SYSLOG_IDENTIFIER=sender", "PRIORITY=6",      "MESSAGE=request served",
    "REQUEST_ID=7d9f3c1e2b",    "DURATION=1234567", "USER=alice",
};
#define FIELDS (sizeof(kFields) / sizeof(kFields[0]))

static void libsystemd_notify(void) {
  if (sd_notify(0, STATUS) <= 0) fail("sd_notify");
}

static void fill(struct iovec fields[FIELDS]) {
  for (size_t i = 0; i < FIELDS; ++i)
    fields[i] = (struct iovec){(void*)kFields[i], strlen(kFields[i])};
}

// The parentheses bypass the macro of this name, which would add CODE_FILE=, CODE_LINE= and CODE_FUNC= to the six fields.
static void libsystemd_journal(void) {
  struct iovec fields[FIELDS];
  fill(fields);
  if ((sd_journal_sendv)(fields, FIELDS) < 0) fail("sd_journal_sendv");
}

// As a program in C calls it: the program's six fields, and the three of the macro.
static void libsystemd_journal_located(void) {
  struct iovec fields[FIELDS];
  fill(fields);
  if (sd_journal_sendv(fields, FIELDS) < 0) fail("sd_journal_sendv");
}

// The same fields, formatted from values.
static void libsystemd_journal_format(void) {
  static int number = 1000000;
  if (sd_journal_send("SYSLOG_IDENTIFIER=%s", "sender", "PRIORITY=%d", 6, "MESSAGE=%s",
                      "request served", "REQUEST_ID=%s", "7d9f3c1e2b", "DURATION=%d", number++,
                      "USER=%s", "alice", NULL) < 0)
    fail("sd_journal_send");
}

// The lowest possible cost of a message: sendmsg(2) with an address, on a socket that stays open.
static void send_to(const char* path, const char* bytes, size_t size) {
  static int fd = -1;
  static struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (fd < 0) {
    const int buffer = 8 * 1024 * 1024;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer));
    strcpy(address.sun_path, path);
  }
  struct iovec data = {(void*)bytes, size};
  const socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
  const struct msghdr message = {
      .msg_name = &address, .msg_namelen = length, .msg_iov = &data, .msg_iovlen = 1};
  if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) fail("sendmsg");
}

static void bare_notify(void) { send_to(NOTIFY_PATH, STATUS, strlen(STATUS)); }

static void bare_journal(void) {
  static char entry[1024];
  static size_t size = 0;
  if (size == 0) {
    for (size_t i = 0; i < FIELDS; ++i) strcat(strcat(entry, kFields[i]), "\n");
    size = strlen(entry);
  }
  send_to(JOURNAL_PATH, entry, size);
}

static const struct {
  const char* name;
  void (*send)(void);
} kKinds[] = {
    {"sd_notify", libsystemd_notify},
    {"sd_journal_sendv", libsystemd_journal},
    {"sd_journal_sendv-located", libsystemd_journal_located},
    {"sd_journal_send", libsystemd_journal_format},
    {"bare-notify", bare_notify},
    {"bare-journal", bare_journal},
};

int main(int argc, char** argv) {
  void (*send)(void) = NULL;
  for (size_t i = 0; argc == 2 && i < sizeof(kKinds) / sizeof(kKinds[0]); ++i)
    if (strcmp(kKinds[i].name, argv[1]) == 0) send = kKinds[i].send;
  if (send == NULL) return 2;
  puts("ready");
  fflush(stdout);
  for (long count; (count = next_count()) > 0;) {
    const int64_t cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    const int64_t start = nanoseconds(CLOCK_MONOTONIC);
    for (long i = 0; i < count; ++i) send();
    const int64_t end = nanoseconds(CLOCK_MONOTONIC);
    printf("%ld %ld %ld\n", (long)start, (long)end, (long)(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    fflush(stdout);
  }
}
