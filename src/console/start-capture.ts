// Hooks console, the streams and the descriptors of the program.
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

/** Captures the output to these descriptors. Calls `log` at the first entry. */
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
