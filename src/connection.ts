// Half of sending a short datagram is looking up the path, so a burst goes over a connection.
import { native } from './native.ts';

/** How long a connection is used without asking whether the path still leads there. */
const TRUST_MS = 10;

/**
 * Whether a socket is connected to who listens at its path. A receiver that closed its socket refuses at once, and the
 * sender then goes by address; one that was replaced and left its own open would take what nobody reads, hence the short
 * trust.
 */
export class Connection {
  readonly #path: string;
  // Looking a global up that Node makes on demand takes as long as reading the clock.
  readonly #clock = performance;
  #trustedUntil = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Connects the socket, unless that was done a moment ago. */
  leads(fd: number): boolean {
    const now = this.#clock.now();
    if (now < this.#trustedUntil) return true;
    if (native().connect(fd, this.#path) < 0) return false;
    this.#trustedUntil = now + TRUST_MS;
    return true;
  }

  /** Connects anew next time. */
  distrust(): void {
    this.#trustedUntil = 0;
  }
}
