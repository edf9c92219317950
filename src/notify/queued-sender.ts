// The messages to one address. Each leaves in the tick of its call where the route has room; the others wait here, in
// order, for as long as their time allows, and in bounded memory. What still waits at the exit of the process leaves then.
import { constants } from 'node:os';
import { INT32_MAX } from '../arguments.ts';
import { closeAll, lateError, type Message, type Sender, undelivered } from './delivery.ts';

/** How one message reaches the address. The results are those of the addon: at least 0, or `-errno`. */
export interface Route {
  /** What errors show. */
  readonly address: string;
  /**
   * Whether `deliver` itself sends the message, and ends when the receiver has read it. Otherwise it waits for room and
   * returns `-EAGAIN`, and the message is for `trySend` again.
   */
  readonly confirms: boolean;
  /** Sends without waiting; `-EAGAIN` where it would have to wait. */
  trySend(message: Message): number;
  /** What to keep of a message that has to wait. @throws SystemdError for one that cannot go this way */
  hold(message: Message): Message;
  /** Waits off the event loop, for as long as there is a use in it. `-ETIMEDOUT`: not before the deadline. */
  deliver(message: Message, deadline: number): Promise<number>;
  /** Sends, and blocks until the deadline where it has to wait. */
  sendSync(message: Message, deadline: number): number;
  close(): void;
}

interface Waiting {
  readonly message: Message;
  readonly deadline: number;
  readonly resolve: (sent: boolean) => void;
  readonly reject: (error: unknown) => void;
  /** Called when the message has left or has been given up, and the route no longer has it. */
  readonly over: (() => void)[];
}

const { EAGAIN, ETIMEDOUT } = constants.errno;
/** What may wait: past it a message is refused instead of filling the memory. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;
/** What a message that waits costs beside its text. */
const ENTRY_BYTES = 256;
/** How long the exit of the process may be held up by what still waits. */
const EXIT_MS = 1000;
/** How many leave in one turn of the event loop. */
const BATCH = 256;

/** One for all: a promise for each message would be a hundredth of its cost. */
const SENT = Promise.resolve(true);

export class QueuedSender implements Sender {
  readonly acknowledged: (() => Promise<void>) | undefined;
  readonly #route: Route;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #draining = false;
  /** The first message is with the route, which sends it. */
  #handedOver = false;
  #closing = false;
  readonly #onExit = (): void => void this.#flushSync(performance.now() + EXIT_MS);

  constructor(route: Route) {
    this.#route = route;
    if (route.confirms) this.acknowledged = () => this.#acknowledged();
  }

  send(message: Message): Promise<boolean> {
    try {
      const result = this.#waiting.length === 0 ? this.#route.trySend(message) : -EAGAIN;
      if (result >= 0) return SENT;
      return result === -EAGAIN ? this.#enqueue(message) : Promise.reject(this.#error(message, result));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendSync(message: Message): boolean {
    let result = this.#waiting.length === 0 ? this.#route.trySend(message) : -EAGAIN;
    if (result === -EAGAIN) {
      const deadline = performance.now() + message.timeout;
      result = this.#flushSync(deadline) ? this.#route.sendSync(message, deadline) : -ETIMEDOUT;
    }
    if (result < 0) throw this.#error(message, result);
    return true;
  }

  close(): void {
    this.#closing = true;
    if (!this.#draining) this.#route.close();
  }

  #acknowledged(): Promise<void> {
    const last = this.#waiting.at(-1);
    return last === undefined ? Promise.resolve() : new Promise((resolve) => last.over.push(resolve));
  }

  #enqueue(message: Message): Promise<boolean> {
    const size = waitingBytes(message);
    if (this.#bytes + size > WAITING_BYTES_MAX) throw this.#error(message, -EAGAIN);
    const held = this.#route.hold(message);
    this.#bytes += size;
    return new Promise((resolve, reject) => {
      const waiting = { message: held, deadline: performance.now() + message.timeout, resolve, reject, over: [] };
      this.#waiting.push(waiting);
      this.#expireInTime(waiting);
      if (!this.#draining) void this.#drain();
    });
  }

  /** By a timer, and not when its turn comes: the messages before it may have more time. */
  #expireInTime(waiting: Waiting): void {
    const { timeout } = waiting.message;
    if (timeout > INT32_MAX) return;
    const expire = (): void => this.#settle(waiting, -ETIMEDOUT);
    // The thread pool, which the first message keeps busy, keeps the process alive.
    const timer = setTimeout(expire, timeout).unref();
    waiting.over.push(() => clearTimeout(timer));
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    process.on('exit', this.#onExit);
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      this.#handedOver = this.#route.confirms;
      const result = await this.#route.deliver(first.message, first.deadline);
      this.#handedOver = false;
      if (result === -EAGAIN) this.#sendBatch();
      else this.#settle(first, result);
    }
    process.off('exit', this.#onExit);
    this.#draining = false;
    if (this.#closing) this.#route.close();
  }

  #sendBatch(): void {
    for (const waiting of this.#waiting.slice(0, BATCH)) {
      const result = this.#route.trySend(waiting.message);
      if (result === -EAGAIN) return;
      this.#settle(waiting, result);
    }
  }

  /** Blocks until all but a message that the route has are settled. False: the time is over. */
  #flushSync(deadline: number): boolean {
    for (;;) {
      const waiting = this.#waiting[this.#handedOver ? 1 : 0];
      if (waiting === undefined) return true;
      const result = this.#route.sendSync(waiting.message, Math.min(deadline, waiting.deadline));
      if (result === -ETIMEDOUT && deadline < waiting.deadline) return false;
      this.#settle(waiting, result);
    }
  }

  #settle(waiting: Waiting, result: number): void {
    if (result >= 0) waiting.resolve(true);
    else waiting.reject(this.#error(waiting.message, result));
    const index = this.#waiting.indexOf(waiting);
    // A message that the route has keeps its place until the route is done with it.
    if (index < 0 || (index === 0 && this.#handedOver)) return;
    this.#waiting.splice(index, 1);
    this.#bytes -= waitingBytes(waiting.message);
    closeAll(waiting.message.fds);
    for (const listener of waiting.over) listener();
  }

  #error(message: Message, result: number): Error {
    const { address } = this.#route;
    return result === -ETIMEDOUT ? lateError(address, message.timeout) : undelivered(result, 'sendmsg', address);
  }
}

function waitingBytes({ payload }: Message): number {
  return ENTRY_BYTES + payload.length;
}
