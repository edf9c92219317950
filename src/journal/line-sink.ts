// The destination of text: a standard stream, by its descriptor and without Node's stream, or a stream of the user.
import type { Writable } from 'node:stream';
import { atExit, exiting, spendExitTime } from '../at-exit.ts';
import { type Native, native, POLLOUT } from '../native.ts';
import { sleep } from '../timer.ts';
import { catchEndSignals, catchEndSignalsDuring, releaseEndSignals } from './end-signals.ts';
import { RefTimer } from './ref-timer.ts';
import { attempt } from './unreadable.ts';

// Saved once: captureConsole() replaces fs.writeSync with a function that would send the text back here.
const { writeSync } = process.getBuiltinModule('node:fs');

/** Never throws and never crashes the process: a log without a reader is no reason to exit. */
export interface LineSink {
  /** Whether the text was accepted. */
  write(text: string): boolean;
  flush(): Promise<void>;
  flushSync(timeoutMs: number): boolean;
  /** Like flush, but gives up on a reader that does not read. */
  close(): Promise<void>;
}

async function whileItGetsLess(left: () => number): Promise<void> {
  let last = left();
  let patience = performance.now() + PATIENCE_MS;
  while (last > 0 && performance.now() < patience) {
    await sleep(RETRY_MS);
    const now = left();
    if (now < last) patience = performance.now() + PATIENCE_MS;
    last = now;
  }
}

const RETRY_MS = 10;
/** How long close() waits for a reader that reads nothing. */
const PATIENCE_MS = 1000;
const NOTHING = Buffer.alloc(0);

/** PIPE_BUF: a pipe that has any room takes this much without blocking. */
const PIECE = 4096;

/**
 * Writes immediately, like console.error. If a pipe is full, the rest is queued and the event loop does not block.
 * Without the addon the sink cannot poll, and a blocking pipe blocks.
 */
export class DescriptorSink implements LineSink {
  readonly #fd: number;
  readonly #maxQueued: number;
  readonly #timer = new RefTimer();
  /** The part being written, and the parts after it: joined only when written, so that each byte is copied once. */
  #head: Buffer = NOTHING;
  #tail: Buffer[] = [];
  #bytes = 0;
  #draining: Promise<void> | undefined;
  #addon: Native | undefined;
  #asked = false;

  constructor(fd: number, maxQueued: number) {
    this.#fd = fd;
    this.#maxQueued = maxQueued;
  }

  write(text: string): boolean {
    if (this.#bytes >= Math.max(1, this.#maxQueued)) return false;
    const idle = this.#bytes === 0;
    const bytes = Buffer.from(text);
    this.#tail.push(bytes);
    this.#bytes += bytes.length;
    const taken = !idle || this.#attempt();
    if (this.#bytes > 0) this.#wait();
    return taken;
  }

  #wait(): void {
    // At exit promises no longer settle.
    if (exiting()) spendExitTime((ms) => this.flushSync(ms));
    else if (this.#draining === undefined) {
      atExit(this);
      catchEndSignals(this);
      this.#draining = this.#drain();
    }
  }

  /** False if the reader is gone. */
  #attempt(): boolean {
    try {
      while (this.#bytes > 0 && this.#hasRoom()) this.#writeSome();
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'EAGAIN') return true;
      this.#head = NOTHING;
      this.#tail = [];
      this.#bytes = 0;
      return false;
    }
  }

  /** Also true if the reader is gone: the write then reports it. */
  #hasRoom(): boolean {
    if (!this.#asked) this.#addon = process.platform === 'linux' ? attempt(native) : undefined;
    this.#asked = true;
    return this.#addon?.pollSync(this.#fd, POLLOUT, 0) !== 0;
  }

  #writeSome(): void {
    if (this.#head.length === 0) {
      this.#head = Buffer.concat(this.#tail);
      this.#tail = [];
    }
    const written = writeSync(this.#fd, this.#head, 0, Math.min(this.#head.length, PIECE));
    this.#head = this.#head.subarray(written);
    this.#bytes -= written;
  }

  async #drain(): Promise<void> {
    while (this.#bytes > 0) {
      await this.#timer.wait(RETRY_MS);
      const before = this.#bytes;
      this.#attempt();
      catchEndSignalsDuring(this, this.#bytes < before);
    }
    this.#draining = undefined;
    releaseEndSignals(this);
  }

  async flush(): Promise<void> {
    this.#timer.hold();
    await this.#draining;
    this.#timer.release();
  }

  close(): Promise<void> {
    return whileItGetsLess(() => this.#bytes);
  }

  flushSync(timeoutMs: number): boolean {
    const deadline = performance.now() + timeoutMs;
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    while (this.#attempt() && this.#bytes > 0 && performance.now() < deadline) {
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
    return this.#bytes === 0;
  }
}

/** The owner of the stream handles its errors. */
export class StreamSink implements LineSink {
  readonly #stream: Writable;
  readonly #maxQueued: number;

  constructor(stream: Writable, maxQueued: number) {
    this.#stream = stream;
    this.#maxQueued = maxQueued;
  }

  write(text: string): boolean {
    return (
      attempt(() => {
        // An ended stream would emit an error later, outside of this call.
        if (this.#stream.destroyed || this.#stream.writableEnded) return false;
        if (this.#stream.writableLength > this.#maxQueued) return false;
        this.#stream.write(text);
        return true;
      }) ?? false
    );
  }

  /** Polls: 'drain' only reports a full buffer, and listeners would accumulate on the stream. */
  async flush(): Promise<void> {
    while (this.#stream.writableLength > 0 && !this.#stream.destroyed) await sleep(RETRY_MS);
  }

  close(): Promise<void> {
    return whileItGetsLess(() => (this.#stream.destroyed ? 0 : this.#stream.writableLength));
  }

  flushSync(): boolean {
    return attempt(() => this.#stream.writableLength === 0) ?? true;
  }
}

/** For `fallback: 'off'`. */
export const NOWHERE: LineSink = {
  write: () => true,
  flush: () => Promise.resolve(),
  flushSync: () => true,
  close: () => Promise.resolve(),
};
