// Serves a socket that the service manager passed.
import type { ListenOptions, Server } from 'node:net';
import { invalidType, quote, SystemdError } from '../errors.ts';
import { addressOfServer, tellAddress } from './address.ts';
import { backlogOf, keepBacklog } from './backlog.ts';
import { choose, LISTENER, noSocket } from './choose.ts';
import { passedFds } from './claim.ts';
import type { SocketAddress } from './kind.ts';
import type { PassedFd } from './listen-fd.ts';
import { started } from './started.ts';
import { checkTarget, type ListenTarget, type Target } from './target.ts';

/** Where a server listens. */
export interface Listening {
  /** Whether on a socket that was passed; false for the fallback. */
  activated: boolean;
  address: SocketAddress | undefined;
}

/**
 * Starts a `net`, `tls`, `http`, `https` or `http2` server on the socket that the service manager passed, or on
 * `target.fallback` where it passed none. Resolves when the server listens. The backlog of the socket unit is kept,
 * `server.address()` is right for a unix socket too, and closing the server leaves the unit's socket file in place.
 * @throws (rejects) SystemdError `SD_ERR_NO_SOCKET`, `SD_ERR_AMBIGUOUS`, `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN`,
 *   `SD_ERR_STATE` for a server that listens already, what `listenFds()` throws, and the server's own 'error'. The
 *   descriptor is available again then.
 * @see systemd.socket(5), sd_listen_fds(3)
 */
export async function listen(server: Server, target: ListenTarget = {}): Promise<Listening> {
  const wanted = checkTarget(target);
  checkServer(server);
  const passed = choose(passedFds(), wanted.name, LISTENER);
  if (passed !== undefined) return serve(server, passed, wanted);
  const options = fallbackOptions(wanted);
  await started('server', server, () => server.listen(options));
  return { activated: false, address: addressOfServer(server) };
}

/** What to listen on where nothing was passed. */
export function fallbackOptions({ name, fallback, backlog }: Target): ListenOptions {
  if (fallback === undefined) throw noSocket(passedFds(), name, LISTENER);
  return backlog === undefined ? { ...fallback } : { ...fallback, backlog };
}

function checkServer(server: unknown): void {
  const { listen: start, address, once } = (Object(server) ?? {}) as Partial<Server>;
  if (typeof start !== 'function' || typeof address !== 'function' || typeof once !== 'function') {
    throw invalidType(
      `server must be a net.Server (also of tls, http, https, http2), not ${quote(server)}; for a framework's own listen(), see listenTarget()`,
    );
  }
  if ((server as Server).listening)
    throw new SystemdError('SD_ERR_STATE', 'the server listens already: close it first');
}

async function serve(server: Server, passed: PassedFd, wanted: Target): Promise<Listening> {
  const { address } = passed;
  const backlog = wanted.backlog ?? backlogOf(passed);
  const fd = passed.take('a server');
  const undo = tellAddress(server, address);
  try {
    // By position: Node honours a backlog beside an fd nowhere else.
    await started('server', server, () => server.listen({ fd }, backlog));
  } catch (error) {
    undo();
    passed.giveBack();
    throw error;
  }
  keepBacklog(passed, backlog);
  return { activated: true, address };
}
