// The context that a part of the service is called with.
import { checkString } from '../arguments.ts';
import type { Journal } from '../journal/logger.ts';
import { listenFds } from '../sockets/claim.ts';
import type { ServiceContext } from './definition.ts';
import type { LiveStatus } from './live-status.ts';

export function contextOf<T>(log: Journal, signal: AbortSignal, status: LiveStatus<T>): ServiceContext {
  return {
    log,
    signal,
    // Late, because a service without sockets need not fail where somebody else's variables are malformed.
    get sockets() {
      return listenFds();
    },
    status: (text) => status.set(checkString('status(): the text', text)),
  };
}
