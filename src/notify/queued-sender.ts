// Sends messages to one address. Each is sent in the tick of its call if the route has room; the others wait here, in
// order, until their timeouts, and in bounded memory. Messages that still wait at exit are sent then.
import { INT32_MAX } from '../arguments.ts';
import { atExit, type ExitStep } from '../at-exit.ts';
import { EAGAIN, ETIMEDOUT } from '../errno.ts';
import { closeAll, lateError, type NotifyMessage, type Sender, undelivered } from './delivery.ts';

/** A way to deliver one message. Results are those of the addon: at least 0, or `-errno`. */
export interface Route {
  /** The address for error messages. */
  readonly address: string;
  /**
   * If true, `deliver` sends the message and resolves when the receiver has read it. If false, it waits for room and
   * returns `-EAGAIN`; then call `trySend` again.
   */
  readonly confirms: boolean;
  /** Sends without waiting; `-EAGAIN` if it would have to wait. */
  trySend(message: NotifyMessage): number;
  /** Prepares a message that must wait. @throws SystemdError for a message that this route cannot send */
  hold(message: NotifyMessage): NotifyMessage;
  /** Waits without blocking the event loop, until a retry makes sense. `-ETIMEDOUT`: the deadline has passed. */
  deliver(message: NotifyMessage, deadline: number): Promise<number>;
  /** Sends; blocks until the deadline if it must wait. */
  sendSync(message: NotifyMessage, deadline: number): number;
  close(): void;
}

interface WaitingMessage {
  readonly message: NotifyMessage;
  readonly deadline: number;
  readonly resolve: (sent: boolean) => void;
  readonly reject: (error: unknown) => void;
  /** Called when the message was sent or given up, and the route no longer uses it. */
  readonly over: (() => void)[];
}

/** Limit for waiting messages: above it a message is refused. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;
/** The same for their copies of descriptors, so that the program keeps the rest of its RLIMIT_NOFILE. */
const WAITING_FDS_MAX = 1024;
/** Memory of a waiting message besides its text. */
const ENTRY_BYTES = 256;
/** How many messages are sent in one turn of the event loop. */
const BATCH = 256;

/** Shared, because a promise per message would add a hundredth to its cost. */
const SENT = Promise.resolve(true);

export class QueuedSender implements Sender {
  readonly acknowledged: (() => Promise<void>) | undefined;
  readonly #route: Route;
  readonly #waiting: WaitingMessage[] = [];
  #bytes = 0;
  #fds = 0;
  #draining = false;
  /** The route is currently sending the first message. */
  #handedOver = false;
  #closing = false;
  readonly #exitStep: ExitStep = { flushSync: (timeoutMs) => this.#flushSync(performance.now() + timeoutMs) };

  constructor(route: Route) {
    this.#route = route;
    if (route.confirms) this.acknowledged = () => this.#acknowledged();
  }

  send(message: NotifyMessage): Promise<boolean> {
    try {
      const result = this.#waiting.length === 0 ? this.#route.trySend(message) : -EAGAIN;
      if (result >= 0) return SENT;
      return result === -EAGAIN ? this.#enqueue(message) : Promise.reject(this.#error(message, result));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendSync(message: NotifyMessage): boolean {
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

  #enqueue(message: NotifyMessage): Promise<boolean> {
    const size = waitingBytes(message);
    const fds = message.fds?.length ?? 0;
    const full = this.#bytes + size > WAITING_BYTES_MAX || (fds > 0 && this.#fds + fds > WAITING_FDS_MAX);
    if (full) throw this.#error(message, -EAGAIN);
    const held = this.#route.hold(message);
    this.#bytes += size;
    this.#fds += fds;
    return new Promise((resolve, reject) => {
      const waiting = { message: held, deadline: performance.now() + message.timeout, resolve, reject, over: [] };
      this.#waiting.push(waiting);
      this.#expireInTime(waiting);
      if (!this.#draining) void this.#drain();
    });
  }

  /** Each message has its own timer, because the messages before it may have longer timeouts. */
  #expireInTime(waiting: WaitingMessage): void {
    const { timeout } = waiting.message;
    if (timeout > INT32_MAX) return;
    const expire = (): void => this.#settle(waiting, -ETIMEDOUT);
    // Unreferenced: the first message occupies the thread pool, which keeps the process alive.
    const timer = setTimeout(expire, timeout).unref();
    waiting.over.push(() => clearTimeout(timer));
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    const cancelExitStep = atExit(this.#exitStep);
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      this.#handedOver = this.#route.confirms;
      const result = await this.#route.deliver(first.message, first.deadline);
      this.#handedOver = false;
      if (result === -EAGAIN) this.#sendBatch();
      else this.#settle(first, result);
    }
    cancelExitStep();
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

  /** Blocks until all messages are settled, except one that the route is sending. False: the deadline has passed. */
  #flushSync(deadline: number): boolean {
    for (;;) {
      const waiting = this.#waiting[this.#handedOver ? 1 : 0];
      if (waiting === undefined) return true;
      const result = this.#route.sendSync(waiting.message, Math.min(deadline, waiting.deadline));
      if (result === -ETIMEDOUT && deadline < waiting.deadline) return false;
      this.#settle(waiting, result);
    }
  }

  #settle(waiting: WaitingMessage, result: number): void {
    if (result >= 0) waiting.resolve(true);
    else waiting.reject(this.#error(waiting.message, result));
    const index = this.#waiting.indexOf(waiting);
    // A message that the route is sending keeps its place until the route is done.
    if (index < 0 || (index === 0 && this.#handedOver)) return;
    this.#waiting.splice(index, 1);
    this.#bytes -= waitingBytes(waiting.message);
    this.#fds -= waiting.message.fds?.length ?? 0;
    closeAll(waiting.message.fds);
    for (const listener of waiting.over) listener();
  }

  #error(message: NotifyMessage, result: number): Error {
    const { address } = this.#route;
    return result === -ETIMEDOUT ? lateError(address, message.timeout) : undelivered(result, 'sendmsg', address);
  }
}

function waitingBytes({ payload }: NotifyMessage): number {
  return ENTRY_BYTES + payload.length;
}
