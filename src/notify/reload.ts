// The reload handshake: RELOADING before the work, READY after it, whatever happens. Type=notify-reload in
// systemd.service(5)
import { invalidType, quote } from '../errors.ts';
import { processWide } from '../process-mark.ts';
import { failureState } from './failure.ts';
import { notifyWhileUp, reloading } from './notify.ts';

/** The end of the latest reload, as long as there is one to wait for. */
const shared = processWide('reload@1', (): { last: Promise<void> | undefined } => ({ last: undefined }));

/**
 * Runs `work` as a reload of the service: says RELOADING, runs it, and says READY also when it fails; a service that
 * forgets that stays in `reloading` until the manager gives up. A failure sets STATUS, and ERRNO where it has one, and is
 * rethrown. Concurrent calls run one after another.
 *
 * @returns what `work` returns.
 * @example
 * ```ts
 * process.on('SIGHUP', () => {
 *   reload(() => readSettings()).catch((error) => log.error(error));
 * });
 * ```
 * @throws what `work` throws, or else what `notify` rejects with; then the work is done all the same.
 */
export function reload<T>(work: () => T | Promise<T>): Promise<T> {
  if (typeof work !== 'function') {
    return Promise.reject(invalidType(`reload(): the work must be a function, not ${quote(work)}`));
  }
  // RELOADING leaves in the tick of the call, unless there is one to wait for.
  const { last } = shared;
  const done = last === undefined ? handshake(work) : last.then(() => handshake(work));
  const over = settled(done).then(() => {
    if (shared.last === over) shared.last = undefined;
  });
  shared.last = over;
  return done;
}

async function handshake<T>(work: () => T | Promise<T>): Promise<T> {
  const said = settled(reloading());
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await settled(notifyWhileUp({ ready: true, ...failureState('reload failed', error) }));
    throw error;
  }
  const answered = await settled(notifyWhileUp({ ready: true }));
  for (const failure of [await said, answered]) if (failure !== undefined) throw failure.error;
  return result;
}

/**
 * The error of a notification, which must not keep the service from reloading, or of the work. In an object: a promise that
 * is resolved with what was thrown would wait for it, where that has a `then`.
 */
function settled(done: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  return done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}
