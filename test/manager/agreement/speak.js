// What the programs of the agreement suite speak with: the protocol itself, with nothing of ours above the system calls,
// so that they can also say what no client should.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const sd = createRequire(import.meta.url)('../../../build/Release/readyd.node');
const socket = sd.open();

/** One datagram; bytes where `text` is an array of numbers. Does nothing where there is no NOTIFY_SOCKET. */
export function say(text, fds = []) {
  const address = process.env.NOTIFY_SOCKET;
  if (address === undefined) return;
  const payload = typeof text === 'string' ? text : Uint8Array.from(text);
  while (sd.send(socket, address, payload, Int32Array.from(fds)) < 0) sd.pollSync(-1, 0, 5);
}

/** Blocks until everything said before was read. */
export function barrier() {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const [reading, writing] = sd.pipe();
  say('BARRIER=1', [writing]);
  sd.close(writing);
  while ((sd.pollSync(reading, 0, 100) & 0x10) === 0);
  sd.close(reading);
}

export const now = () => process.hrtime.bigint() / 1000n;
export const pipe = () => sd.pipe();
export const memfd = (content) => sd.memfd('memory', content);
export const close = (fd) => sd.close(fd);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const stay = () => setInterval(() => {}, 1e6);

/** Another process says it, and waits until it was read. */
export function child(text) {
  spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'say', text]);
}

if (process.argv[2] === 'say' && process.argv[1] === fileURLToPath(import.meta.url)) {
  say(process.argv[3]);
  barrier();
}
