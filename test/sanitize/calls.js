// Calls every function of the addon many times, with every kind of argument: no memory may stay allocated at the exit. The
// process exits normally, because the leak check runs then; a test runner may end its workers in another way.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';

const addon = createRequire(import.meta.url)(process.env.READYD_NATIVE ?? '../../build/Release/readyd.node');
const POLLIN = 0x1;
const called = new Set();
const call = new Proxy(addon, {
  get(target, name) {
    called.add(name);
    return target[name];
  },
});

const path = `${process.argv[2]}/socket`;
const buffer = new Uint8Array(100_000);

/** Fails where a call failed. */
function good(result) {
  assert(typeof result !== 'number' || result >= 0, `a call failed with ${result}`);
  return result;
}

async function round(text) {
  const receiver = good(call.bindDatagram(path));
  const sender = good(call.open());
  const [reading, writing] = good(call.pipe());
  const counter = good(call.eventCounter());
  good(call.connect(sender, path));
  good(call.send(sender, path, text, Int32Array.of(reading, counter), process.pid));
  good(call.send(sender, path, Buffer.from(text)));
  assert(good(call.unread(sender)) > 0);
  assert.equal(call.sendOutbox(sender, call.outbox.byteLength), call.outbox.byteLength);
  assert(call.sendOutbox(sender, call.outbox.byteLength + 1) < 0);
  assert.deepEqual(good(await call.poll(Int32Array.of(receiver, POLLIN, reading, POLLIN), 1000)), [POLLIN, 0]);
  const batch = call.sendBatch(sender, path, Buffer.from('one two'), Int32Array.of(3, 3), 1000);
  good(call.stopBatch());
  good(await batch);
  const { size, fds } = good(call.receive(receiver, buffer));
  assert.equal(Buffer.from(buffer.subarray(0, size)).toString(), text);
  good(call.signal(counter));
  assert.equal(call.pollSync(counter, POLLIN, 1000), POLLIN);
  good(call.drain(counter));
  const others = [
    call.duplicate(writing),
    call.openProcess(process.pid),
    call.memfd('calls', text),
    call.bindStream(`${path}-stream`, 5),
    call.bindInet('127.0.0.1', 0, 1, 0),
  ];
  const listening = good(call.bindInet('127.0.0.1', 0, 0, 5));
  good(call.listen(listening, 6));
  good(call.describe(listening, 0));
  // There is no such peer, so the calls fail; the test is about their work before that.
  call.vsockSendSync(0, 2, 1, text, 1);
  await call.vsockSend(0, 2, 1, text, 1);
  await call.vsockSend(99, 2, 1, text, 1);
  await call.poll(new Int32Array(3), 0);
  call.send(sender, `/${'x'.repeat(200)}`, text);
  assert.equal(call.stat(counter, new Float64Array(3)), 1);
  good(call.closeOnExec(counter, 0));
  good(call.nonBlocking(writing, 0));
  assert.equal(call.seals(others[2]), 0xf);
  for (const fd of [receiver, sender, reading, writing, counter, listening, ...fds, ...others.map(good)]) {
    good(call.close(fd));
  }
  for (const made of [path, `${path}-stream`]) rmSync(made);
}

for (const length of [0, 1, 100, 8191, 8192, 50_000]) {
  for (let i = 0; i < 50; i += 1) await round('x'.repeat(length));
}
// Left open on purpose: they go with the thread.
good(call.disown(good(call.eventCounter())));
for (let i = 0; i < 100; i += 1) good(call.eventCounter());
assert.deepEqual(called, new Set(Object.keys(addon)));
