// The reload handshake: RELOADING before the work, READY after it, whatever happens. Type=notify-reload in
// systemd.service(5)
import { invalidType, quote } from '../errors.ts';
import { notify, reloading } from './notify.ts';
import type { NotifyState } from './state.ts';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` as a reload of the service: says RELOADING, runs it, and says READY also when it fails; a service that
 * forgets that stays in `reloading` until the manager gives up. A failure sets STATUS, and ERRNO where it has one, and is
 * rethrown. Concurrent calls run one after another.
 *
 * @returns what `work` returns.
 * @throws what `work` throws, or else what `notify` rejects with; then the work is done all the same.
 */
export function reload<T>(work: () => T | Promise<T>): Promise<T> {
  if (typeof work !== 'function') {
    return Promise.reject(invalidType(`reload(): the work must be a function, not ${quote(work)}`));
  }
  const done = last.then(() => handshake(work));
  last = done.catch(() => undefined);
  return done;
}

async function handshake<T>(work: () => T | Promise<T>): Promise<T> {
  const said = settled(reloading());
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await settled(notify(failure(error)));
    throw error;
  }
  const answered = await settled(notify({ ready: true }));
  for (const error of [await said, answered]) if (error !== undefined) throw error;
  return result;
}

/** The error of a notification, which must not keep the service from reloading. */
function settled(sent: Promise<boolean>): Promise<Error | undefined> {
  return sent.then(
    () => undefined,
    (error: Error) => error,
  );
}

function failure(error: unknown): NotifyState {
  const state = { ready: true, status: `reload failed: ${readable(() => text(error)) ?? 'of an unknown reason'}` };
  const errno = readable(() => (error instanceof Error && 'errno' in error ? Math.abs(Number(error.errno)) : 0)) ?? 0;
  return Number.isInteger(errno) && errno > 0 && errno <= 4095 ? { ...state, errno } : state;
}

function text(error: unknown): string {
  return error instanceof Error ? `${error.message}` : String(error);
}

/** Anything can be thrown, also what cannot become a string or has getters that throw. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
