// An error that nothing has caught leaves nothing to rely on: last words, and the end. The program may have listeners of
// its own for that, which report the error and end the process; they get some time for it.
import { holdDeadline } from './deadline.ts';

/** In milliseconds. */
const CRASH_MS = 2000;

type Origin = NodeJS.UncaughtExceptionOrigin;

/**
 * Calls `lastWords` for the first error that nothing has caught, before the program's own listeners hear of it, and then
 * ends the process with exit code 1: at once, or after `timeout` where there are such listeners.
 */
export function endOnCrash(lastWords: (error: unknown) => void, timeout: number = CRASH_MS): () => void {
  let crashed = false;
  const onUncaught = (error: unknown, origin: Origin): void => {
    // Later ones come from what the first has broken, or from the program's listeners.
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
