// The reload handshake: RELOADING before the work, READY after it, even if the work fails. Type=notify-reload in
// systemd.service(5)
import { invalidType, quote } from '../errors.ts';
import { processWide } from '../process-mark.ts';
import { failureState } from './failure.ts';
import { notifyWhileUp, reloading } from './notify.ts';

/** The latest reload, while it is running. */
const shared = processWide('reload@1', (): { last: Promise<void> | undefined } => ({ last: undefined }));

/**
 * Runs `work` as a reload of the service: sends RELOADING, runs it, and sends READY even if it fails; without READY the
 * service would stay in `reloading` until the manager's timeout. A failure sets STATUS, and ERRNO if it has a number,
 * and is rethrown. Concurrent calls run one after another.
 *
 * @returns the result of `work`.
 * @example
 * ```ts
 * process.on('SIGHUP', () => {
 *   reload(() => readSettings()).catch((error) => log.error(error));
 * });
 * ```
 * @throws the error of `work`, or else the error of `notify`; in that case the work was still done.
 */
export function reload<T>(work: () => T | Promise<T>): Promise<T> {
  if (typeof work !== 'function') {
    return Promise.reject(invalidType(`reload(): the work must be a function, not ${quote(work)}`));
  }
  // RELOADING is sent in the tick of the call, unless another reload is running.
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
 * The error of a notification, which must not prevent the reload, or of the work. Wrapped in an object, because a
 * promise resolved with a thrown thenable would wait for it.
 */
function settled(done: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  return done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}
