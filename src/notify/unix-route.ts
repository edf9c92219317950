// Sends datagrams to a manager on this machine.
//
// With an address the kernel looks up the path, which is a quarter of the cost of a short message. So messages within
// 10 ms of each other use a connection that is at most 10 ms old. If the manager has closed its socket, sending fails
// at once, and the message is sent again by address. If a manager keeps its old socket open while the path leads to
// another one, the old socket receives the messages of those 10 ms.
import { whenReady } from '../descriptor-poll.ts';
import { EAGAIN, ETIMEDOUT } from '../errno.ts';
import { native, POLLOUT } from '../native.ts';
import { sleep } from '../timer.ts';
import { duplicateAll, type NotifyMessage, undelivered } from './delivery.ts';
import type { Route } from './queued-sender.ts';

/** How long a connection is used, and the maximum time between two messages for which a connection is made. */
const CONNECTED_MS = 10;
/** How often to look up the path while messages wait. */
const RECONNECT_MS = 100;
/** Delay if another sender took the room first, to avoid a busy loop. */
const CONTENDED_MS = 5;

export class UnixRoute implements Route {
  readonly address: string;
  readonly confirms = false;
  readonly #fd: number;
  readonly #name: string;
  /** The process id for the credentials of our own messages; 0: the kernel's default credentials suffice. */
  readonly #ownPid = setId() ? process.pid : 0;
  #isFirst = true;
  #connectedUntil = 0;
  #addressedUntil = 0;
  /** A message was sent since the last wait for room. */
  #sent = true;

  /** `name` is for the addon, `address` for messages. */
  constructor(name: string, address: string) {
    this.#name = name;
    this.address = address;
    this.#fd = native().open();
    if (this.#fd < 0) throw undelivered(this.#fd, 'socket', address);
  }

  trySend(message: NotifyMessage): number {
    const pid = message.pid || this.#ownPid;
    const plain = message.fds === undefined && pid === 0;
    const result = plain ? this.#sendText(message.payload) : this.#sendWith(message, pid);
    if (result >= 0) this.#sent = true;
    return result;
  }

  #sendText(payload: string): number {
    if (this.#isConnected()) {
      const result = native().send(this.#fd, undefined, payload);
      if (result >= 0 || result === -EAGAIN) return result;
      this.#connectedUntil = 0;
    }
    return native().send(this.#fd, this.#name, payload);
  }

  /**
   * Connects if this message closely follows another one; a single message is cheaper by address. The first one does not
   * ask for the time: Node loads nine modules for `performance`, and most programs send READY and nothing else.
   */
  #isConnected(): boolean {
    if (this.#isFirst) {
      this.#isFirst = false;
      return false;
    }
    const now = performance.now();
    if (now < this.#connectedUntil) return true;
    if (now < this.#addressedUntil) return this.#connect(now);
    this.#addressedUntil = now + CONNECTED_MS;
    return false;
  }

  #connect(now: number): boolean {
    const connected = native().connect(this.#fd, this.#name) >= 0;
    this.#connectedUntil = connected ? now + CONNECTED_MS : 0;
    this.#addressedUntil = now + 2 * CONNECTED_MS;
    return connected;
  }

  #sendWith({ payload, fds }: NotifyMessage, pid: number): number {
    const result = native().send(this.#fd, this.#name, payload, fds, pid);
    // Without the privilege to send for another process the kernel refuses; then send it as our own, like libsystemd.
    if (result >= 0 || result === -EAGAIN || pid === 0) return result;
    return native().send(this.#fd, this.#name, payload, fds, 0);
  }

  hold(message: NotifyMessage): NotifyMessage {
    return { ...message, fds: duplicateAll(message.fds) };
  }

  /** Waits for room: POLLOUT of a connected socket covers its own buffer and the receiver's queue. */
  async deliver(_message: NotifyMessage, deadline: number): Promise<number> {
    const contended = !this.#sent;
    this.#sent = false;
    this.#connect(performance.now());
    const ready = await whenReady(this.#fd, POLLOUT, Math.min(RECONNECT_MS, Math.max(0, deadline - performance.now())));
    if (contended && ready !== 0) await sleep(CONTENDED_MS);
    return -EAGAIN;
  }

  sendSync(message: NotifyMessage, deadline: number): number {
    for (;;) {
      const result = this.trySend(message);
      if (result !== -EAGAIN) return result;
      const now = performance.now();
      if (now >= deadline) return -ETIMEDOUT;
      this.#connect(now);
      native().pollSync(this.#fd, POLLOUT, Math.ceil(Math.min(RECONNECT_MS, deadline - now)));
    }
  }

  close(): void {
    native().close(this.#fd);
  }
}

/**
 * The kernel passes our effective ids to the manager. A set-user-ID program attaches its real ids, like libsystemd.
 * Checked once per address, because it takes a tenth of the time of a message.
 */
function setId(): boolean {
  return process.getuid?.() !== process.geteuid?.() || process.getgid?.() !== process.getegid?.();
}
