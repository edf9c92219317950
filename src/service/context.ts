// The context that is passed to the functions of a service.
import { checkString } from '../arguments.ts';
import type { Journal } from '../journal/logger.ts';
import { listenFds } from '../sockets/claim.ts';
import type { ServiceContext } from './definition.ts';
import type { LiveStatus } from './live-status.ts';

export function contextOf<T>(log: Journal, signal: AbortSignal, status: LiveStatus<T>): ServiceContext {
  return {
    log,
    signal,
    // Lazy: a service that uses no sockets must not fail because of malformed socket variables.
    get sockets() {
      return listenFds();
    },
    status: (text) => status.set(checkString('status(): the text', text)),
  };
}
