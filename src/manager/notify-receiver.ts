// The receiving end of NOTIFY_SOCKET.
import { rmSync } from 'node:fs';
import { native, POLLIN, syscallError } from '../native.ts';
import { whenReady } from '../readiness.ts';
import { MESSAGE_MAX, type Notification, parseNotification } from './notification.ts';

/** Who sent a message, by the kernel's word. */
export interface Sender {
  readonly pid: number;
  readonly uid: number;
}

/** `undefined` stands for a message that a service manager drops, because it is malformed. */
export type OnNotification = (notification: Notification | undefined, sender: Sender) => void;

const LONG_MS = 60_000;

export class NotifyReceiver {
  readonly path: string;
  readonly #fd: number;
  readonly #closed = new AbortController();
  readonly #onNotification: OnNotification;
  // One byte more than is allowed, to see that there was more.
  readonly #buffer = new Uint8Array(MESSAGE_MAX + 1);

  /** Binds a datagram socket at `path`. */
  constructor(path: string, onNotification: OnNotification) {
    this.path = path;
    this.#onNotification = onNotification;
    this.#fd = native().bindDatagram(path);
    if (this.#fd < 0) throw syscallError(`cannot receive notifications at '${path}'`, this.#fd, 'bind', path);
    void this.#serve();
  }

  /** Takes in everything that is there now. */
  read(): void {
    while (!this.#closed.signal.aborted) {
      const datagram = native().receive(this.#fd, this.#buffer);
      if (typeof datagram === 'number') return;
      // Closing them is how a barrier is answered: everything before it has been seen. There is no store for others yet.
      const { truncated, size, pid, uid, fds } = datagram;
      this.#onNotification(truncated ? undefined : parseNotification(this.#buffer.subarray(0, size)), { pid, uid });
      for (const fd of fds) native().close(fd);
    }
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    native().close(this.#fd);
    rmSync(this.path, { force: true });
  }

  async #serve(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await whenReady(this.#fd, POLLIN, LONG_MS, this.#closed.signal);
      this.read();
    }
  }
}
