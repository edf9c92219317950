// A run of the queue that a thread of the pool sends, so that a burst costs one wake-up of the event loop for hundreds of
// entries and not for the few that journald has room for at a time. Bench: `burst`.
import { native } from '../native.ts';
import type { EntryRun } from './entry-run.ts';
import type { JournalSocket } from './journal-socket.ts';

/** Fewer entries are sent one by one, as soon as there is room. */
const BATCH_MIN = 8;
const BATCH_MAX = 4096;
/** A thread that is told to end waits for the pool first: no batch may take long. */
const SLICE_MS = 100;
/** Other work may keep all threads of the pool busy. */
const GRACE_MS = 100;

export class EntryBatch {
  /** Called with the number of entries that have left, to take them out of the queue. */
  readonly #settle: (count: number) => void;
  /** The addon copies what it is given: no more than the last batch made likely. */
  #limit = BATCH_MAX;
  #running = false;

  constructor(settle: (count: number) => void) {
    this.#settle = settle;
  }

  /** `place` is that of the first entry in the order of the queue. Resolves to whether any entry has left. */
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

  /** Ends the batch here and now, so that others can send what is left of the queue. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#settle(native().stopBatch());
  }
}
