// Waits until a server or a datagram socket has started or failed.
import type { EventEmitter } from 'node:events';
import { SystemdError } from '../errors.ts';

// The errors that Node throws if the caller has already started it.
const STARTED_BEFORE: readonly unknown[] = ['ERR_SERVER_ALREADY_LISTEN', 'ERR_SOCKET_ALREADY_BOUND'];

/** Resolves on 'listening'. Rejects if `start` throws, on 'error', and if the server is closed first. */
export function started(what: string, emitter: EventEmitter, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      emitter.off('listening', onListening).off('error', onError).off('close', onClose);
      finish();
    };
    const onListening = () => settle(resolve);
    const onError = (error: unknown) => settle(() => reject(asState(what, error)));
    const onClose = () => onError(new SystemdError('SD_ERR_STATE', `the ${what} was closed before it listened`));
    emitter.once('listening', onListening).once('error', onError).once('close', onClose);
    try {
      start();
    } catch (error) {
      onError(error);
    }
  });
}

function asState(what: string, error: unknown): unknown {
  if (!STARTED_BEFORE.includes((error as NodeJS.ErrnoException | undefined)?.code)) return error;
  return new SystemdError('SD_ERR_STATE', `the ${what} listens already: close it first`, { cause: error });
}
