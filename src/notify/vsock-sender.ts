// Messages to a manager outside this virtual machine. A connection is made for each, and its end says that the message
// was read; all of that waits, so it happens in the thread pool, one message after another.
import { constants } from 'node:os';
import { SystemdError } from '../errors.ts';
import { native } from '../native.ts';
import { lateError, type Message, type Sender, undelivered } from './delivery.ts';

interface VsockAddress {
  readonly type: number;
  readonly cid: number;
  readonly port: number;
  readonly text: string;
}

const LATE = new Set([-constants.errno.EAGAIN, -constants.errno.ETIMEDOUT]);

export class VsockSender implements Sender {
  readonly #address: VsockAddress;
  #last: Promise<unknown> = Promise.resolve();

  constructor(address: VsockAddress) {
    this.#address = address;
  }

  send(message: Message): Promise<boolean> {
    const sent = this.#last.then(async () => {
      this.#refuseDescriptors(message);
      const { type, cid, port } = this.#address;
      return this.#check(await native().vsockSend(type, cid, port, message.payload, wait(message)), message);
    });
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  sendSync(message: Message): boolean {
    this.#refuseDescriptors(message);
    const { type, cid, port } = this.#address;
    return this.#check(native().vsockSendSync(type, cid, port, message.payload, wait(message)), message);
  }

  /** The end of each connection is the receiver's word that it has read the message. */
  async acknowledged(): Promise<void> {
    await this.#last;
  }

  close(): void {
    // Each message has a socket of its own.
  }

  #refuseDescriptors(message: Message): void {
    if (message.fds === undefined) return;
    throw new SystemdError('SD_ERR_STATE', `descriptors cannot travel to a manager at '${this.#address.text}'`);
  }

  #check(result: number, message: Message): boolean {
    if (result >= 0) return true;
    if (LATE.has(result)) throw lateError(this.#address.text, message.timeout);
    throw undelivered(result, 'sendmsg', this.#address.text);
  }
}

/** The kernel takes 0 for no limit. */
function wait(message: Message): number {
  return Math.max(1, Math.min(message.timeout, 2_147_483_647));
}
