// Sends a run of the queue in a pool thread: a burst then wakes the event loop once per several hundred entries,
// instead of once per few entries that fit into journald's queue. Bench: `burst`.
import { native } from '../native.ts';
import type { EntryRun } from './entry-run.ts';
import type { JournalSocket } from './journal-socket.ts';

/** Fewer entries are sent one by one, as soon as there is room. */
const BATCH_MIN = 8;
const BATCH_MAX = 4096;
/** Limits a batch, because a thread that ends waits for the pool first. */
const SLICE_MS = 100;
/** Extra time, because other work may occupy all pool threads. */
const GRACE_MS = 100;

export class EntryBatch {
  /** Called with the number of sent entries, to remove them from the queue. */
  readonly #settle: (count: number) => void;
  /** Limits the next batch by the result of the last, because the addon copies all bytes it receives. */
  #limit = BATCH_MAX;
  #running = false;

  constructor(settle: (count: number) => void) {
    this.#settle = settle;
  }

  /** `place` is the queue position of the first entry. Resolves to whether any entry was sent. */
  async send(run: EntryRun, place: number, socket: JournalSocket): Promise<boolean> {
    const sending = this.#start(run, place, socket);
    if (typeof sending === 'number') return false;
    this.#running = true;
    const timer = setTimeout(() => this.stop(), SLICE_MS + GRACE_MS).unref();
    const sent = await sending;
    clearTimeout(timer);
    this.#limit = Math.min(BATCH_MAX, Math.max(BATCH_MIN, sent * 2));
    if (this.#running) this.#settle(sent);
    this.#running = false;
    return sent > 0;
  }

  #start(run: EntryRun, place: number, socket: JournalSocket): Promise<number> | number {
    const { bytes, sizes } = run.batch(this.#limit, place);
    return sizes.length < BATCH_MIN ? 0 : socket.sendBatch(bytes, sizes, SLICE_MS);
  }

  /** Ends the batch immediately, so that the caller can send the rest of the queue. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#settle(native().stopBatch());
  }
}
