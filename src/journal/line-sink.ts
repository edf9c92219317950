// Where the text goes: a standard stream by its descriptor, without Node's stream around it, or a stream of the user's.
import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { Pause } from './pause.ts';
import { attempt } from './unreadable.ts';

/** Never throws, and never makes the process crash: a log that nobody reads is no reason to end. */
export interface LineSink {
  /** Whether it was taken. */
  write(text: string): boolean;
  flush(): Promise<void>;
  flushSync(timeoutMs: number): boolean;
}

const RETRY_MS = 10;

/** Writes at once, as console.error does; what a full non-blocking pipe does not take waits. */
export class DescriptorSink implements LineSink {
  readonly #fd: number;
  readonly #maxQueued: number;
  readonly #pause = new Pause();
  #waiting: Buffer = Buffer.alloc(0);
  #draining: Promise<void> | undefined;

  constructor(fd: number, maxQueued: number) {
    this.#fd = fd;
    this.#maxQueued = maxQueued;
  }

  write(text: string): boolean {
    if (this.#waiting.length >= Math.max(1, this.#maxQueued)) return false;
    const before = this.#waiting.length;
    this.#waiting = before === 0 ? Buffer.from(text) : Buffer.concat([this.#waiting, Buffer.from(text)]);
    const taken = before > 0 || this.#attempt();
    if (this.#waiting.length > 0) this.#draining ??= this.#drain();
    return taken;
  }

  /** False when nobody reads any more. */
  #attempt(): boolean {
    try {
      while (this.#waiting.length > 0) this.#waiting = this.#waiting.subarray(writeSync(this.#fd, this.#waiting));
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'EAGAIN') return true;
      this.#waiting = Buffer.alloc(0);
      return false;
    }
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#pause.wait(RETRY_MS);
      this.#attempt();
    }
    this.#draining = undefined;
  }

  async flush(): Promise<void> {
    this.#pause.hold();
    await this.#draining;
    this.#pause.release();
  }

  flushSync(timeoutMs: number): boolean {
    const deadline = performance.now() + timeoutMs;
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    while (this.#attempt() && this.#waiting.length > 0 && performance.now() < deadline) {
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
    return this.#waiting.length === 0;
  }
}

/** The stream's errors are its owner's. */
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
        // A stream that has ended would tell with an error, later, to nobody in particular.
        if (this.#stream.destroyed || this.#stream.writableEnded) return false;
        if (this.#stream.writableLength > this.#maxQueued) return false;
        this.#stream.write(text);
        return true;
      }) ?? false
    );
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#stream.writableNeedDrain || this.#stream.destroyed) return resolve();
      this.#stream.once('drain', resolve);
      this.#stream.once('close', resolve);
    });
  }

  flushSync(): boolean {
    return attempt(() => this.#stream.writableLength === 0) ?? true;
  }
}

/** For `fallback: 'off'`. */
export const NOWHERE: LineSink = { write: () => true, flush: () => Promise.resolve(), flushSync: () => true };
