// The programs of the agreement suite send with these functions. They use only the system calls of the addon, so that they
// can also send messages that no client should.
import { spawnSync } from 'node:child_process';
import { constants, fstatSync, readFileSync, statfsSync } from 'node:fs';
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

/** Blocks until the manager has read all earlier messages. */
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

/** Whether a passed descriptor is in blocking mode. */
export function blocks(fd) {
  const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))[1];
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
}

const PIDFS = 0x50494446;

/** The expected LISTEN_PIDFDID; undefined if the kernel has no such id. */
export function pidfdId() {
  const fd = sd.openProcess(process.pid);
  const { type } = statfsSync(`/proc/self/fd/${fd}`);
  return type === PIDFS ? String(fstatSync(fd, { bigint: true }).ino) : undefined;
}

/** Becomes a user without privileges who can still write to the journal. */
export function become(uid) {
  connectJournal();
  if (process.getuid() === 0) process.setuid(uid);
}

let journal;

function connectJournal() {
  if (journal !== undefined) return;
  journal = sd.open();
  sd.connect(journal, process.env.READYD_JOURNAL_SOCKET ?? '/run/systemd/journal/socket');
}

/** One datagram to the journal. */
export function send(payload, fds = []) {
  connectJournal();
  while (sd.send(journal, undefined, payload, Int32Array.from(fds)) === -11) sd.pollSync(-1, 0, 5);
}

/** Sends the message from another process, and waits until the manager has read it. */
export function child(text) {
  spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'say', text]);
}

if (process.argv[2] === 'say' && process.argv[1] === fileURLToPath(import.meta.url)) {
  say(process.argv[3]);
  barrier();
}
