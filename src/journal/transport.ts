// Sends entries to journald in the order they were logged, without blocking the event loop: entries that cannot be sent
// immediately wait in memory.
//
// Waiting for room without libuv: the socket is connected to journald, and descriptor-poll.ts polls it in the thread
// pool. Between two polls only an unreferenced timer is pending, so a finished program ends, and writes the rest at exit.

import { atExit, exiting, spendExitTime } from '../at-exit.ts';
import { whenReady } from '../descriptor-poll.ts';
import { native, POLLOUT } from '../native.ts';
import { sleep } from '../timer.ts';
import type { Account, Caller } from './account.ts';
import { CallerKeepAlive } from './caller-keep-alive.ts';
import { catchEndSignals, catchEndSignalsDuring, releaseEndSignals } from './end-signals.ts';
import type { Payload } from './entry.ts';
import { EntryBatch } from './entry-batch.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { JournalSocket, type Outcome } from './journal-socket.ts';
import { PendingEntry } from './pending-entry.ts';
import { Queue } from './queue.ts';
import { PATIENCE_MS, Reachability } from './reachability.ts';
import { RefTimer } from './ref-timer.ts';

/** How long one turn of the event loop may send. */
const TURN_MS = 4;
const SLICE_MS = 100;
const CLOSE_STEP_MS = 5;
const ABSENT_STEP_MS = 10;

/** One per thread and path: entries of all loggers are sent in the order of the calls. */
export class Transport {
  readonly #socket: JournalSocket;
  readonly #queue = new Queue();
  readonly #timer = new RefTimer();
  readonly #batch = new EntryBatch((count) => this.#settleBatch(count));
  #running = false;
  #polling: Promise<unknown> | undefined;
  readonly #reachability = new Reachability();
  readonly #callers = new CallerKeepAlive(this.#timer, PATIENCE_MS);
  readonly #flushes = new FlushWaiters(this.#timer);

  constructor(path: string) {
    this.#socket = new JournalSocket(path);
    atExit(this);
  }

  /** Fast path: sends the entry, if nothing waits and it fits into a datagram. */
  offer(entry: Payload, account: Account): boolean {
    return this.#queue.length === 0 && account.unreported === 0 && this.#socket.offer(entry);
  }

  /** Never throws. Without a caller the entry is queued; with one, a missing socket returns 'absent'. */
  send(entry: Payload, account: Account, caller?: Caller): Outcome | 'queued' | 'absent' {
    if (this.offer(entry, account)) return 'sent';
    const idle = this.#queue.length === 0;
    if (!idle && caller === undefined && this.#isPlain(account) && this.#queue.pushPayload(entry, account))
      return this.#queued();
    const pending = new PendingEntry(entry, account, caller);
    if (idle) {
      pending.tellDropped();
      const outcome = this.#try(pending);
      if (outcome === 'sent') return outcome;
      if (outcome === 'refused') return this.#refuse(pending);
    }
    if (caller === undefined || !this.#socket.absent) return this.#enqueue(pending);
    pending.release();
    return 'absent';
  }

  /** The same for the first `size` bytes of the addon's outbox. */
  offerOutbox(size: number, account: Account): boolean {
    return this.#queue.length === 0 && account.unreported === 0 && this.#socket.offerOutbox(size);
  }

  /** Sends the content of the addon's outbox, or queues a copy. */
  sendOutbox(size: number, account: Account): void {
    if (this.offerOutbox(size, account)) return;
    const waits = this.#queue.length > 0 && this.#isPlain(account);
    if (waits && this.#queue.pushWords(this.#socket.outboxWords, size, account)) this.#queued();
    else this.send(new Uint8Array((native().outbox as ArrayBuffer).slice(0, size)), account); // only an existing outbox was written to
  }

  /** Whether an entry can wait as plain bytes: it reports no loss, and there is room. */
  #isPlain(account: Account): boolean {
    return account.unreported === 0 && !account.full;
  }

  #refuse(pending: PendingEntry): 'refused' {
    pending.release();
    pending.account.drop();
    return 'refused';
  }

  #enqueue(pending: PendingEntry): 'queued' | 'refused' {
    const { account, caller } = pending;
    if (account.full && account.overflow === 'block') this.#drainSync(Number.POSITIVE_INFINITY, () => !account.full);
    if (account.full) return this.#refuse(pending);
    pending.keep();
    pending.tellDropped();
    this.#queue.push(pending);
    if (caller !== undefined) this.#callers.add();
    return this.#queued();
  }

  #queued(): 'queued' {
    this.#run();
    return 'queued';
  }

  #run(): void {
    // At exit promises no longer settle.
    if (exiting()) return void spendExitTime((ms) => this.flushSync(ms));
    if (this.#running) return;
    this.#running = true;
    this.#callers.moved();
    catchEndSignals(this);
    void this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const { left } = this.#queue;
      if (await this.#sendBatch()) continue;
      const outcome = this.#sendSome(performance.now() + TURN_MS);
      if (this.#queue.left > left) this.#callers.moved();
      else this.#callers.stuck(outcome);
      // Without a journald nothing can be written at the end, and the signal must end a program that computes.
      if (this.#reachability.everReached) catchEndSignalsDuring(this, this.#queue.left > left);
      else releaseEndSignals(this);
      if (outcome === 'unreachable') await this.#retryLater();
      else if (outcome === 'full') await this.#room(this.#queue.left > left);
      else if (this.#queue.length > 0) await this.#timer.turn();
    }
    this.#running = false;
    releaseEndSignals(this);
  }

  /** Sends a batch. Resolves to whether entries were sent. */
  async #sendBatch(): Promise<boolean> {
    const { run, left } = this.#queue;
    if (run === undefined) return false;
    const sending = this.#batch.send(run, left, this.#socket);
    this.#polling = sending;
    return sending;
  }

  #settleBatch(count: number): void {
    if (count === 0) return;
    this.#queue.shift(count);
    this.#reachability.reached();
    this.#callers.moved();
    catchEndSignalsDuring(this, true);
    this.#flushes.settle(this.#queue.left);
  }

  /** Sends from the front until `deadline`, and returns the outcome that stopped it; 'sent' if nothing did. */
  #sendSome(deadline: number): Outcome {
    for (let item = this.#queue.first; item !== undefined; item = this.#queue.first) {
      const outcome = this.#sendFirst(item);
      if (outcome === 'full' || outcome === 'unreachable') return outcome;
      if (performance.now() >= deadline) return 'sent';
    }
    return 'sent';
  }

  #sendFirst(first: PendingEntry): Outcome {
    const { account, caller } = first;
    // No later entry of the account could report the losses.
    if (account.entries === 1) first.tellDropped();
    const outcome = this.#try(first);
    if (outcome === 'full' || outcome === 'unreachable') return outcome;
    if (outcome === 'refused') this.#refuse(first);
    this.#queue.shift();
    if (caller !== undefined) this.#callers.remove();
    caller?.settled(outcome === 'sent');
    this.#flushes.settle(this.#queue.left);
    return outcome;
  }

  #try(entry: PendingEntry): Outcome {
    const outcome = this.#socket.send(entry);
    if (outcome === 'unreachable') this.#reachability.unreachable();
    else this.#reachability.reached();
    return outcome;
  }

  async #room(progress: boolean): Promise<void> {
    const fd = this.#socket.connect();
    if (fd === undefined) return this.#retryLater();
    this.#polling = whenReady(fd, POLLOUT, SLICE_MS);
    const events = await this.#polling;
    // No room, no receiver, or other senders took the room: wait before the next try, and let a finished process end.
    if (events !== POLLOUT || !progress) await this.#timer.wait(1);
  }

  async #retryLater(): Promise<void> {
    await this.#timer.wait(this.#reachability.nextDelay());
  }

  /** Resolves when everything logged before has been sent. Keeps the process alive until then. */
  flush(): Promise<void> {
    return this.#queue.length === 0 ? Promise.resolve() : this.#flushes.wait(this.#queue.end);
  }

  /** Writes the waiting entries; blocks for at most `timeoutMs`. Returns whether everything was sent. */
  flushSync(timeoutMs: number): boolean {
    return this.#drainSync(performance.now() + timeoutMs, () => false);
  }

  waitUntilRead(timeoutMs: number): void {
    this.#socket.waitUntilRead(timeoutMs);
  }

  /** Until nothing waits, `enough` returns true, the deadline passes, or journald has been gone for too long. */
  #drainSync(deadline: number, enough: () => boolean): boolean {
    this.#batch.stop();
    while (this.#queue.length > 0 && !enough()) {
      const outcome = this.#sendSome(performance.now());
      const now = performance.now();
      if (outcome === 'sent' || outcome === 'refused') continue;
      if (now >= deadline || this.#reachability.givenUp) return false;
      this.#waitSync(outcome, deadline - now);
    }
    return this.#queue.length === 0;
  }

  #waitSync(outcome: Outcome, leftMs: number): void {
    const fd = outcome === 'full' ? this.#socket.connect() : undefined;
    // A poll without a descriptor is a sleep.
    const longest = fd === undefined ? ABSENT_STEP_MS : SLICE_MS;
    native().pollSync(fd ?? -1, POLLOUT, Math.ceil(Math.min(longest, leftMs)));
  }

  /**
   * Waits until everything was sent, or journald has been gone or has accepted nothing for too long. Then closes the
   * socket until the next entry.
   */
  async close(): Promise<void> {
    const { end } = this.#queue;
    let { left } = this.#queue;
    let patience = performance.now() + PATIENCE_MS;
    while (this.#queue.left < end && !this.#reachability.givenUp && performance.now() < patience) {
      await sleep(CLOSE_STEP_MS);
      if (this.#queue.left > left) patience = performance.now() + PATIENCE_MS;
      left = this.#queue.left;
    }
    // The thread pool may still poll the descriptor.
    await this.#polling;
    if (this.#queue.length === 0) this.#socket.close();
  }
}
