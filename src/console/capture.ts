// Turns the program's output into journal entries: the public function, and the variant for readyd/auto.
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';
import { hookConsole } from './console-methods.ts';
import { hookDescriptors } from './descriptors.ts';
import { type Descriptor, Recorder } from './recorder.ts';
import { hookStream } from './streams.ts';

/** An active capture. */
export interface Capture {
  /** Writes incomplete lines. */
  flush(): void;
  /** Restores the original streams and console. */
  stop(): void;
}

const BOTH: ReadonlySet<Descriptor> = new Set([1, 2]);

/**
 * Turns everything the program prints into journal entries: output of `console`, of `process.stdout` and
 * `process.stderr`, and of `fs.write` and `fs.writeSync` to descriptors 1 and 2. A call of console is one entry, with
 * the level of the method (`error` 3, `warn` 4, `log` and `info` 6, `debug` and `trace` 7) and the fields of an error
 * among its arguments. Other text is one entry per line; an indented line belongs to the one above, and a level at the
 * start (`[warn]`, `ERROR:`, `<4>`) is used. JSON lines of pino, bunyan and winston keep their level and fields.
 * Terminal escape sequences are removed. The order is kept, and nothing is printed twice. Binary data, and more than 1
 * MiB in one write, go to the stream unchanged. Entries below the journal's level are not printed either.
 *
 * @returns an object that restores the streams and `console`; works with `using`.
 * @throws TypeError `SD_ERR_INVALID_ARG` if `log` is not a journal.
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
  const capture = startCapture(() => log, BOTH);
  const onExit = (): void => capture.flush();
  process.prependListener('exit', onExit);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', onExit);
      capture.stop();
    },
  };
}

/** The same for selected descriptors. Calls `log` at the first entry. */
export function startCapture(log: () => Journal, descriptors: ReadonlySet<Descriptor>): Capture {
  const recorder = new Recorder(log);
  // Independent hooks: if one cannot be installed (--frozen-intrinsics), the others still can.
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
