// Waits until a server or a datagram socket has started, or says why it did not.
import type { EventEmitter } from 'node:events';
import { SystemdError } from '../errors.ts';

// What Node throws when the caller has started it before.
const STARTED_BEFORE: readonly unknown[] = ['ERR_SERVER_ALREADY_LISTEN', 'ERR_SOCKET_ALREADY_BOUND'];

/** Resolves on 'listening'; rejects with what `start` throws and with an 'error', and when it is closed before. */
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
