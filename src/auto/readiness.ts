// Sends READY when the program really serves, and reports what is missing if it does not. Never guesses.

import { attempt } from '../journal/unreadable.ts';
import { notify, status } from '../notify/notify.ts';
import { claimReady, readySaidBy } from '../notify/ready-once.ts';
import { runningService } from '../service/running.ts';
import { addressText } from '../sockets/kind.ts';
import type { LateJournal } from './late-journal.ts';
import { whenLoaded } from './loaded.ts';
import type { ReadyWhen } from './settings.ts';
import { addressesOf, type Passed, type Sockets, type TrackedServer } from './sockets.ts';

/** By then the event loop has run: a program that only tests its port has closed it again. */
const SETTLE_MS = 20;
/** When to report what is missing, in milliseconds. */
const PATIENCE_MS = 5000;
/** More would not fit into one readable line. */
const NAMED_MAX = 8;

export class Readiness {
  readonly #when: ReadyWhen;
  readonly #sockets: Sockets;
  readonly #log: LateJournal;
  readonly #onReady: () => void;
  #settling: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #done = false;
  #complained = false;

  constructor(when: ReadyWhen, sockets: Sockets, log: LateJournal, onReady: () => void) {
    this.#when = when;
    this.#sockets = sockets;
    this.#log = log;
    this.#onReady = onReady;
  }

  begin(): void {
    this.#patience = setTimeout(() => this.#complain(), PATIENCE_MS).unref();
    if (this.#when === 'loaded') whenLoaded(() => this.#say());
  }

  /** Checks again: a server has started, failed or closed. */
  look(): void {
    if (this.#done || this.#when !== 'listening') return;
    clearTimeout(this.#settling);
    if (!this.#serves()) return;
    this.#settling = setTimeout(() => this.#say(), SETTLE_MS).unref();
  }

  /** The program is about to exit. */
  end(): void {
    this.#done = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#patience);
  }

  #serves(): boolean {
    const { passed, pending } = this.#sockets;
    if (pending) return false;
    return passed.length > 0 ? passed.every(({ served }) => served) : this.#reachable().length > 0;
  }

  /** Port 0 and unix paths are for internal use, unless they were passed. */
  #reachable(): readonly TrackedServer[] {
    return this.#sockets.listeners.filter(
      ({ listening, place, sockets }) =>
        listening && (sockets.length > 0 || (place.kind === 'port' && place.port !== 0)),
    );
  }

  #say(): void {
    if (this.#done) return;
    this.end();
    this.#onReady();
    // The program sends READY itself.
    if (runningService.running || readySaidBy() === 'program') return;
    const where = this.#reachable().length > 0 ? { status: `listens on ${this.#places()}` } : {};
    void this.#tell(notify({ ready: true, ...where }));
    claimReady();
  }

  #complain(): void {
    // READY is on its way: the program has blocked the event loop until now.
    if (this.#when === 'listening' && this.#serves()) return;
    if (this.#done || runningService.running || readySaidBy() === 'program') return;
    const text = this.#missing();
    this.#complained = true;
    this.#log.journal.warning(`not ready: ${text}`);
    void this.#tell(status(text));
  }

  get complained(): boolean {
    return this.#complained;
  }

  #missing(): string {
    if (this.#when === 'loaded') return 'the entry module has not been evaluated yet';
    if (this.#when === 'app') return 'the program has not said READY yet (READYD_READY=app)';
    const owed = this.#sockets.passed.filter(({ served }) => !served);
    const others = this.#sockets.listeners.filter(({ listening, sockets }) => listening && sockets.length === 0);
    const places = others.map((listener) => text(addressesOf(listener)));
    const where = places.length === 0 ? '' : `; the program listens on ${list(places)}`;
    if (owed.length > 0) return `nothing listens on ${list(owed.map(nameAndPlace))} yet${where}`;
    if (this.#sockets.pending) return `a server has been told to listen, and does not yet${where}`;
    if (others.length > 0) return `nothing listens on a port that others can know yet${where}`;
    return 'the program does not listen on anything yet; one without a server needs READYD_READY=loaded or READYD_READY=app';
  }

  #places(): string {
    return list(this.#reachable().map((listener) => text(addressesOf(listener))));
  }

  async #tell(told: Promise<boolean>): Promise<void> {
    try {
      await told;
    } catch (error) {
      attempt(() => this.#log.journal.error('cannot tell the service manager', { error: error as Error }));
    }
  }
}

function text(addresses: ReturnType<typeof addressesOf>): string {
  return addresses
    .map(({ name, address }) => {
      const at = address === undefined ? 'a socket without an address' : addressText(address);
      return name === undefined || name === 'unknown' ? at : `${at} (${name})`;
    })
    .join(', ');
}

/** In the form of a unit file: the name, and the port or the path. */
function nameAndPlace({ name, address }: Passed): string {
  if (address === undefined) return name;
  return `${name} (${'path' in address ? address.path : address.port})`;
}

function list(items: readonly string[]): string {
  const more = items.length > NAMED_MAX ? [`and ${items.length - NAMED_MAX} more`] : [];
  return [...items.slice(0, NAMED_MAX), ...more].join(', ');
}
