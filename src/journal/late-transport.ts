// The way to journald of a program that had no descriptor left to load the addon with when it made its logger: entries
// wait here until one is free. The transport that then takes them knows all other kinds of waiting.

import { exiting, flushAtExit } from './at-exit.ts';
import type { Payload } from './entry.ts';
import type { EntrySink } from './output.ts';
import { Pause } from './pause.ts';
import type { Account, Caller } from './queue.ts';
import { PATIENCE_MS, type Transport } from './transport.ts';

const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 1000;

interface Waiting {
  readonly entry: Uint8Array;
  readonly account: Account;
  readonly caller: Caller | undefined;
  /** How many lost entries it is to tell of: those before it. */
  readonly dropped: number;
}

export class LateTransport implements EntrySink {
  readonly #open: () => Transport | undefined;
  readonly #pause = new Pause();
  readonly #waiting: Waiting[] = [];
  #transport: Transport | undefined;
  #arrival: Promise<void> | undefined;

  /** `open` returns undefined while it cannot. */
  constructor(open: () => Transport | undefined) {
    this.#open = open;
    flushAtExit(this);
  }

  send(entry: Payload, account: Account, caller?: Caller): ReturnType<EntrySink['send']> {
    if (this.#transport !== undefined) return this.#transport.send(entry, account, caller);
    // Who may block would block those, too, who could close something.
    if (account.full) {
      account.drop();
      return 'refused';
    }
    const bytes = typeof entry === 'string' ? Buffer.from(entry) : entry;
    account.bytes += bytes.length;
    this.#waiting.push({ entry: bytes, account, caller, dropped: account.takeUnreported() });
    if (caller !== undefined) this.#pause.hold();
    if (exiting()) this.flushSync(PATIENCE_MS);
    else this.#arrival ??= this.#arrive();
    return 'queued';
  }

  isIdle(account: Account): boolean {
    return this.#transport?.isIdle(account) ?? false;
  }

  sendOutbox(size: number, account: Account): boolean {
    return this.#transport?.sendOutbox(size, account) ?? false;
  }

  async #arrive(): Promise<void> {
    for (let ms = RETRY_MIN_MS; !this.#forward(); ms = Math.min(RETRY_MAX_MS, ms * 2)) await this.#pause.wait(ms);
  }

  /** Whether the transport has got everything. */
  #forward(): boolean {
    this.#transport ??= this.#open();
    if (this.#transport === undefined) return false;
    for (const { entry, account, caller, dropped } of this.#waiting.splice(0)) {
      account.bytes -= entry.length;
      const later = account.takeUnreported();
      account.unreported = dropped;
      const outcome = this.#transport.send(entry, account, caller);
      account.unreported += later;
      if (caller !== undefined) this.#pause.release();
      if (outcome !== 'queued') caller?.settled(outcome === 'sent');
    }
    return true;
  }

  async flush(): Promise<void> {
    this.#pause.hold();
    await this.#arrival;
    this.#pause.release();
    await this.#transport?.flush();
  }

  flushSync(timeoutMs: number): boolean {
    if (this.#waiting.length > 0) this.#forward();
    return this.#transport?.flushSync(timeoutMs) ?? this.#waiting.length === 0;
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.#arrival, late]);
    clearTimeout(timer);
    await this.#transport?.close();
  }
}
