// Turns the program's output into journal entries.
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { startCapture } from './start-capture.ts';

const BOTH = new Set([1, 2] as const);

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
