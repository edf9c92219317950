// Hooks the methods of console: they provide the level and the error of the output. The text still passes through the
// stream, so that Node formats colours, groups and tables, and other listeners receive it.
import type { Level } from '../journal/levels.ts';
import { replace } from '../replace.ts';
import { type DirectCall, DirectCalls } from './direct-calls.ts';
import type { Recorder } from './recorder.ts';

/** Other methods, such as table() and assert(), call one of these. */
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

type ConsoleMethod = (this: unknown, ...args: unknown[]) => unknown;

/** Returns a function that removes the hook. */
export function hookConsole(recorder: Recorder): () => void {
  const { console } = globalThis;
  // A program may replace the global console by its own one, which inherits these methods.
  const { prototype } = process.getBuiltinModule('node:console').Console as unknown as { readonly prototype: object };
  const direct = new DirectCalls(recorder, console);
  const undo = Object.entries(METHODS).flatMap(([name, level]) => [
    hookMethod(recorder, console, { name, level, direct: direct.forMethod(name) }),
    hookMethod(recorder, prototype, { name, level, direct: undefined }),
  ]);
  return () => {
    for (const one of undo) one();
    direct.stop();
  };
}

interface Method {
  readonly name: string;
  readonly level: Level;
  readonly direct: DirectCall | undefined;
}

function hookMethod(recorder: Recorder, holder: object, { name, level, direct }: Method): () => void {
  return replace(holder, name, (original: ConsoleMethod) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      // A nested call, such as error() by trace(): the program has called the outer method.
      if (recorder.call !== undefined) return original.apply(this, args);
      const call = { level, args };
      const rest = direct === undefined ? args : direct(call);
      if (rest === undefined) return undefined;
      recorder.call = call;
      try {
        return Reflect.apply(original, this, rest);
      } finally {
        recorder.call = undefined;
      }
    };
  });
}
