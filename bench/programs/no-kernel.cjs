// Required before the package, stands in for its addon, to measure what comes before the system call: an entry becomes
// bytes, and that is all.
const target = Buffer.alloc(1 << 20);

process.dlopen = (module) => {
  module.exports = {
    outbox: new ArrayBuffer(8192),
    open: () => 3,
    connect: () => 0,
    send: (_fd, _address, payload) => (typeof payload === 'string' ? target.utf8Write(payload, 0) : payload.length),
    sendOutbox: (_fd, size) => size,
    unread: () => 0,
    pollSync: () => 0,
  };
};
