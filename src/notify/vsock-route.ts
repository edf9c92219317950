// Sends messages to a manager outside this virtual machine. Each message uses a new connection, whose end confirms that
// the message was read. All of that blocks, so it runs in the thread pool, one message after another.
import { constants } from 'node:os';
import { INT32_MAX } from '../arguments.ts';
import { SystemdError } from '../errors.ts';
import { native } from '../native.ts';
import type { NotifyMessage } from './delivery.ts';
import type { Route } from './queued-sender.ts';

interface VsockAddress {
  readonly type: number;
  readonly cid: number;
  readonly port: number;
  readonly text: string;
}

const { EAGAIN, ETIMEDOUT } = constants.errno;

export class VsockRoute implements Route {
  readonly address: string;
  readonly confirms = true;
  readonly #to: VsockAddress;

  constructor(to: VsockAddress) {
    this.#to = to;
    this.address = to.text;
    native(); // Fails here if the addon does not load.
  }

  trySend(): number {
    return -EAGAIN;
  }

  hold(message: NotifyMessage): NotifyMessage {
    if (message.fds === undefined) return message;
    throw new SystemdError('SD_ERR_STATE', `descriptors cannot travel to a manager at '${this.address}'`);
  }

  async deliver({ payload }: NotifyMessage, deadline: number): Promise<number> {
    const { type, cid, port } = this.#to;
    return timedOut(await native().vsockSend(type, cid, port, payload, limit(deadline)));
  }

  sendSync(message: NotifyMessage, deadline: number): number {
    const { payload } = this.hold(message);
    if (performance.now() >= deadline) return -ETIMEDOUT;
    const { type, cid, port } = this.#to;
    return timedOut(native().vsockSendSync(type, cid, port, payload, limit(deadline)));
  }

  close(): void {
    // No connection is open between two messages.
  }
}

/** The kernel reports a timeout with two different codes. */
function timedOut(result: number): number {
  return result === -EAGAIN ? -ETIMEDOUT : result;
}

/** The remaining time in whole milliseconds, at least 1: the kernel reads 0 as no limit. */
function limit(deadline: number): number {
  return Math.max(1, Math.min(Math.ceil(deadline - performance.now()), INT32_MAX));
}
