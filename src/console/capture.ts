// What a program prints, as entries of the journal: the public function, and what readyd/auto does with it.
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';
import { hookConsole } from './console-methods.ts';
import { hookDescriptors } from './descriptors.ts';
import { type Descriptor, Recorder } from './recorder.ts';
import { hookStream } from './streams.ts';

/** A capture that is in place. */
export interface Capture {
  /** Writes the lines that have no end yet. */
  flush(): void;
  /** Everything is as it was before. */
  stop(): void;
}

const BOTH: ReadonlySet<Descriptor> = new Set([1, 2]);

/**
 * Makes entries of a journal out of what the program prints: by `console`, by `process.stdout` and `process.stderr`, and
 * by `fs.write` and `fs.writeSync` to descriptors 1 and 2. A call of console is one entry, with the level of the method
 * (`error` 3, `warn` 4, `log` and `info` 6, `debug` and `trace` 7) and the fields of an error among its arguments. Other
 * text is an entry a line, an indented line goes with the one above, and a level at the front (`[warn]`, `ERROR:`, `<4>`)
 * counts. Lines of JSON by pino, bunyan and winston keep their level and their fields. Escape sequences of a terminal are
 * left out. Order is kept, nothing is printed besides, and what is no text, or is longer than 1 MiB in one write, goes to
 * the stream as it is. What the level of the journal leaves out is not printed either.
 *
 * @returns what ends it: the streams and `console` are as they were before; `using` does so too.
 * @throws TypeError `SD_ERR_INVALID_ARG` for anything that is no journal.
 * @example
 * ```ts
 * const log = journal({ level: 'debug' });
 * if (log.connected) captureConsole(log);
 * console.error(new Error('x')); // PRIORITY=3, ERROR_NAME, ERROR_STACK, CODE_FILE
 * ```
 * @see systemd.journal-fields(7)
 */
export function captureConsole(log: Journal): Disposable {
  const { log: write, flush } = (Object(log) ?? {}) as Partial<Journal>;
  if (typeof write !== 'function' || typeof flush !== 'function') {
    throw invalidType(`captureConsole(): log must be what journal() returns, not ${quote(log)}`);
  }
  const capture = startCapture(log, BOTH);
  const onExit = (): void => capture.flush();
  process.prependListener('exit', onExit);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', onExit);
      capture.stop();
    },
  };
}

/** The same for some of the descriptors. */
export function startCapture(log: Journal, descriptors: ReadonlySet<Descriptor>): Capture {
  const recorder = new Recorder(log);
  // Each on its own: where one cannot be put in place (--frozen-intrinsics), the others can.
  const undo = [
    attempt(() => hookConsole(recorder)),
    descriptors.has(1) ? attempt(() => hookStream(recorder, 'stdout', 1)) : undefined,
    descriptors.has(2) ? attempt(() => hookStream(recorder, 'stderr', 2)) : undefined,
    attempt(() => hookDescriptors(recorder, descriptors)),
  ];
  return {
    flush: () => recorder.flush(),
    stop: () => {
      for (const one of undo.toReversed()) one?.();
      recorder.flush();
    },
  };
}
