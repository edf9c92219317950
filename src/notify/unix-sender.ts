// Datagrams to a manager on this machine. Each is sent in the tick of its call; only when the manager's queue is full do
// messages wait, in order, off the event loop.
import { constants } from 'node:os';
import { native, POLLOUT } from '../native.ts';
import { whenReady } from '../readiness.ts';
import {
  closeAll,
  duplicateAll,
  EXIT_MS,
  lateError,
  type Message,
  type Sender,
  undelivered,
  WAITING_BYTES_MAX,
  waitingBytes,
} from './delivery.ts';

interface Waiting {
  readonly message: Message;
  readonly deadline: number;
  readonly resolve: (sent: boolean) => void;
  readonly reject: (error: Error) => void;
}

const EAGAIN = -constants.errno.EAGAIN;
/** The socket is connected anew this often while messages wait: the manager may have made a new one meanwhile. */
const RECONNECT_MS = 100;
/** Room that another sender took before us must not become a busy loop. */
const CONTENDED_MS = 5;
/** How many leave in one turn of the event loop. */
const BATCH = 256;

export class UnixSender implements Sender {
  readonly #fd: number;
  readonly #name: string;
  readonly #address: string;
  /** Whose credentials go along with our own messages; 0: the kernel's word is enough. */
  readonly #ownPid = setId() ? process.pid : 0;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #draining = false;
  #closing = false;
  readonly #onExit = (): void => this.#flushSync(performance.now() + EXIT_MS);

  /** `name` is what the addon takes, `address` what messages show. */
  constructor(name: string, address: string) {
    this.#name = name;
    this.#address = address;
    this.#fd = native().open();
    if (this.#fd < 0) throw undelivered(this.#fd, 'socket', address);
  }

  send(message: Message): Promise<boolean> {
    try {
      if (this.#waiting.length === 0) {
        const result = this.#attempt(message);
        if (result >= 0) return Promise.resolve(true);
        if (result !== EAGAIN) return Promise.reject(undelivered(result, 'sendmsg', this.#address));
      }
      return this.#enqueue(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendSync(message: Message): boolean {
    const deadline = performance.now() + message.timeout;
    this.#flushSync(deadline);
    if (this.#waiting.length > 0) throw lateError(this.#address, message.timeout);
    for (;;) {
      const result = this.#attempt(message);
      if (result >= 0) return true;
      if (result !== EAGAIN) throw undelivered(result, 'sendmsg', this.#address);
      if (!this.#waitSync(deadline)) throw lateError(this.#address, message.timeout);
    }
  }

  close(): void {
    this.#closing = true;
    if (!this.#draining) native().close(this.#fd);
  }

  /** By address each time, though looking up the path costs a fifth of a microsecond: the next call finds a new socket. */
  #attempt(message: Message): number {
    const { payload, fds } = message;
    const pid = message.pid || this.#ownPid;
    const addon = native();
    // What most messages do not have is not passed: each argument takes the addon as long as a tenth of the system call.
    if (fds === undefined && pid === 0) return addon.send(this.#fd, this.#name, payload);
    const result = addon.send(this.#fd, this.#name, payload, fds, pid);
    // Without the privilege to speak for another process the kernel refuses; as libsystemd, send it as our own then.
    if (result >= 0 || result === EAGAIN || pid === 0) return result;
    return addon.send(this.#fd, this.#name, payload, fds, 0);
  }

  #enqueue(message: Message): Promise<boolean> {
    const size = waitingBytes(message);
    if (this.#waitingBytes + size > WAITING_BYTES_MAX) throw undelivered(EAGAIN, 'sendmsg', this.#address);
    const copy = { ...message, fds: duplicateAll(message.fds) };
    this.#waitingBytes += size;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message: copy, deadline: performance.now() + message.timeout, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    process.on('exit', this.#onExit);
    while (this.#waiting.length > 0) {
      this.#connect();
      const ready = await whenReady(this.#fd, POLLOUT, Math.min(RECONNECT_MS, this.#timeLeft()));
      if (this.#flush() === 0 && ready !== 0) await pause(CONTENDED_MS);
    }
    process.off('exit', this.#onExit);
    this.#draining = false;
    if (this.#closing) native().close(this.#fd);
  }

  /** POLLOUT of a connected socket tells of its own buffer and of the receiver's queue; a failure shows when sending. */
  #connect(): void {
    native().connect(this.#fd, this.#name);
  }

  #timeLeft(): number {
    const now = performance.now();
    return this.#waiting.reduce((least, { deadline }) => Math.min(least, Math.max(0, deadline - now)), RECONNECT_MS);
  }

  /** Sends from the front until the queue is full again, and gives up what is late. Returns how many it settled. */
  #flush(): number {
    let settled = 0;
    for (const waiting of this.#waiting.slice(0, BATCH)) {
      const result = this.#attempt(waiting.message);
      if (result === EAGAIN) break;
      this.#settle(0, result);
      settled += 1;
    }
    return settled + this.#expire();
  }

  #expire(): number {
    const now = performance.now();
    const before = this.#waiting.length;
    for (let index = before - 1; index >= 0; index -= 1) {
      if ((this.#waiting[index]?.deadline ?? 0) <= now) this.#settle(index, EAGAIN);
    }
    return before - this.#waiting.length;
  }

  #settle(index: number, result: number): void {
    const [waiting] = this.#waiting.splice(index, 1);
    if (waiting === undefined) return;
    const { message, resolve, reject } = waiting;
    this.#waitingBytes -= waitingBytes(message);
    closeAll(message.fds);
    if (result >= 0) resolve(true);
    else if (result === EAGAIN) reject(lateError(this.#address, message.timeout));
    else reject(undelivered(result, 'sendmsg', this.#address));
  }

  #flushSync(deadline: number): void {
    while (this.#waiting.length > 0) {
      if (this.#flush() === 0 && !this.#waitSync(deadline)) return;
    }
  }

  /** Blocks until there may be room; false when the time is over. */
  #waitSync(deadline: number): boolean {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    this.#connect();
    native().pollSync(this.#fd, POLLOUT, Math.ceil(Math.min(RECONNECT_MS, left)));
    return true;
  }
}

/**
 * The kernel tells the manager our effective ids. A set-user-ID program attaches its real ones, as libsystemd does. Asked
 * once an address: it takes as long as a tenth of a message.
 */
function setId(): boolean {
  return process.getuid?.() !== process.geteuid?.() || process.getgid?.() !== process.getegid?.();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
