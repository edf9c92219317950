// The methods of console: they tell the level of what they write, and hold the error that it is about. What they write
// still passes through the stream, so that colours, groups and tables are Node's own, and other listeners hear it.
import type { Level } from '../journal/levels.ts';
import type { Recorder } from './recorder.ts';
import { replace } from './replace.ts';

/** Others, such as table() and assert(), call one of these. */
const METHODS = {
  log: 'info',
  info: 'info',
  dir: 'info',
  dirxml: 'info',
  timeEnd: 'info',
  timeLog: 'info',
  debug: 'debug',
  trace: 'debug',
  warn: 'warning',
  error: 'error',
} as const satisfies Readonly<Record<string, Level>>;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Returns what undoes it. */
export function hookConsole(recorder: Recorder): () => void {
  const target = globalThis.console as unknown as Record<string, Method>; // by the names of its methods
  const undo = Object.entries(METHODS).map(([name, level]) =>
    replace(target, name, (original: Method) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        // One that is called by another, as error() is by trace(): the outer one is what the program has called.
        if (recorder.call !== undefined) return original.apply(this, args);
        recorder.call = { level, args };
        try {
          return original.apply(this, args);
        } finally {
          recorder.call = undefined;
        }
      };
    }),
  );
  return () => {
    for (const one of undo) one();
  };
}
