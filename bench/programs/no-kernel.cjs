// Replaces the addon if it is required before the package. An entry becomes bytes and goes nowhere, so the bench measures
// only the work before the system call.
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
