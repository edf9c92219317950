// After an uncaught error the state of the process is unreliable: report it and exit. The program's own listeners may
// also report the error; they get some time.
import { holdDeadline } from './deadline.ts';

/** In milliseconds. */
const CRASH_MS = 2000;

type Origin = NodeJS.UncaughtExceptionOrigin;

/**
 * Calls `lastWords` for the first uncaught error, before the program's own listeners run. Then ends the process with
 * exit code 1: immediately, or after `timeout` if there are such listeners.
 */
export function endOnCrash(lastWords: (error: unknown) => void, timeout: number = CRASH_MS): () => void {
  let crashed = false;
  const onUncaught = (error: unknown, origin: Origin): void => {
    // Later errors are a consequence of the first, or come from the program's listeners.
    if (crashed) return;
    crashed = true;
    process.exitCode = 1;
    lastWords(error);
    if (listenersBeside(onUncaught, origin) === 0) process.exit(1);
    holdDeadline(timeout, () => undefined);
    setTimeout(() => process.exit(1), timeout);
  };
  process.prependListener('uncaughtException', onUncaught);
  return () => void process.off('uncaughtException', onUncaught);
}

function listenersBeside(own: NodeJS.UncaughtExceptionListener, origin: Origin): number {
  const others = process.listeners('uncaughtException').filter((listener) => listener !== own).length;
  return others + (origin === 'unhandledRejection' ? process.listenerCount('unhandledRejection') : 0);
}
