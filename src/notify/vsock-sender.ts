// Messages to a manager outside this virtual machine. A connection is made for each, and its end says that the message
// was read; all of that waits, so it happens in the thread pool, one message after another.
import { constants } from 'node:os';
import { INT32_MAX } from '../arguments.ts';
import { SystemdError } from '../errors.ts';
import { native } from '../native.ts';
import {
  EXIT_MS,
  lateError,
  type Message,
  type Sender,
  undelivered,
  WAITING_BYTES_MAX,
  waitingBytes,
} from './delivery.ts';

interface VsockAddress {
  readonly type: number;
  readonly cid: number;
  readonly port: number;
  readonly text: string;
}

interface Waiting {
  readonly message: Message;
  readonly deadline: number;
  readonly resolve: (sent: boolean) => void;
  readonly reject: (error: unknown) => void;
  /** Its time was over before its turn came. */
  late: boolean;
  /** Who waits for it to be over, one way or the other. */
  readonly over: (() => void)[];
}

const { EAGAIN, ETIMEDOUT } = constants.errno;
const LATE = new Set([-EAGAIN, -ETIMEDOUT]);

export class VsockSender implements Sender {
  readonly #address: VsockAddress;
  /** The first is on its way. */
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #onExit = (): void => this.#flushSync(performance.now() + EXIT_MS);

  constructor(address: VsockAddress) {
    this.#address = address;
  }

  send(message: Message): Promise<boolean> {
    try {
      this.#refuseDescriptors(message);
      return this.#enqueue(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendSync(message: Message): boolean {
    this.#refuseDescriptors(message);
    const deadline = performance.now() + message.timeout;
    this.#flushSync(deadline);
    if (this.#waiting.length > 1) throw lateError(this.#address.text, message.timeout);
    return this.#sendNow(message, deadline);
  }

  /** The end of each connection is the receiver's word that it has read the message. */
  acknowledged(): Promise<void> {
    const last = this.#waiting.at(-1);
    return last === undefined ? Promise.resolve() : new Promise((resolve) => last.over.push(resolve));
  }

  close(): void {
    // Each message has a socket of its own.
  }

  #refuseDescriptors(message: Message): void {
    if (message.fds === undefined) return;
    throw new SystemdError('SD_ERR_STATE', `descriptors cannot travel to a manager at '${this.#address.text}'`);
  }

  #enqueue(message: Message): Promise<boolean> {
    const size = waitingBytes(message);
    if (this.#waitingBytes + size > WAITING_BYTES_MAX) throw undelivered(-EAGAIN, 'sendmsg', this.#address.text);
    this.#waitingBytes += size;
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + message.timeout;
      const waiting: Waiting = { message, deadline, resolve, reject, late: false, over: [] };
      this.#rejectInTime(waiting);
      this.#waiting.push(waiting);
      if (this.#waiting.length === 1) void this.#drain();
    });
  }

  /** Not only when its turn comes: those before it may take as long as they have got. */
  #rejectInTime(waiting: Waiting): void {
    const { timeout } = waiting.message;
    if (timeout > INT32_MAX) return;
    const timer = setTimeout(() => {
      waiting.late = true;
      waiting.reject(lateError(this.#address.text, timeout));
    }, timeout);
    // The thread pool, which the first one is in, keeps the process alive.
    timer.unref();
    waiting.over.push(() => clearTimeout(timer));
  }

  async #drain(): Promise<void> {
    process.on('exit', this.#onExit);
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      await this.#deliver(first);
      this.#waiting.shift();
      this.#finish(first);
    }
    process.off('exit', this.#onExit);
  }

  async #deliver({ message, deadline, resolve, reject, late }: Waiting): Promise<void> {
    if (late) return;
    try {
      const { type, cid, port } = this.#address;
      resolve(this.#check(await native().vsockSend(type, cid, port, message.payload, limit(deadline)), message));
    } catch (error) {
      reject(error);
    }
  }

  #finish({ message, over }: Waiting): void {
    this.#waitingBytes -= waitingBytes(message);
    for (const listener of over) listener();
  }

  /** All but the one that the thread pool has. */
  #flushSync(deadline: number): void {
    while (this.#waiting.length > 1 && performance.now() < deadline) {
      const [waiting] = this.#waiting.splice(1, 1);
      if (waiting === undefined) return;
      try {
        if (!waiting.late) waiting.resolve(this.#sendNow(waiting.message, Math.min(deadline, waiting.deadline)));
      } catch (error) {
        waiting.reject(error);
      }
      this.#finish(waiting);
    }
  }

  #sendNow(message: Message, deadline: number): boolean {
    const { type, cid, port } = this.#address;
    return this.#check(native().vsockSendSync(type, cid, port, message.payload, limit(deadline)), message);
  }

  #check(result: number, message: Message): boolean {
    if (result >= 0) return true;
    if (LATE.has(result)) throw lateError(this.#address.text, message.timeout);
    throw undelivered(result, 'sendmsg', this.#address.text);
  }
}

/** What is left, in whole milliseconds: the kernel takes 0 for no limit. */
function limit(deadline: number): number {
  return Math.max(1, Math.min(Math.ceil(deadline - performance.now()), INT32_MAX));
}
