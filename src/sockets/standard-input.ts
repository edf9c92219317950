// Standard input as a socket: StandardInput=socket in systemd.exec(5), inetd and xinetd.
import { CRITERIA } from './choose.ts';
import { identify, isSocket } from './inspect.ts';
import { PassedFd } from './listen-fd.ts';

const STDIN = 0;

let stdin: PassedFd | undefined;

/** The same object every time, because it has one owner. Undefined if standard input is not a socket. */
export function standardInputSocket(): PassedFd | undefined {
  if (stdin === undefined && isSocket(STDIN)) {
    stdin = new PassedFd(
      STDIN,
      'stdin',
      identify(STDIN, () => 'cannot look at standard input'),
    );
  }
  return stdin;
}

/** A listening socket: `Accept=no` with `StandardInput=socket`, `wait` in inetd's table, or a FastCGI server. */
export function listeningStandardInput(): PassedFd | undefined {
  const socket = standardInputSocket();
  return socket !== undefined && !socket.taken && CRITERIA.listener.fits(socket) ? socket : undefined;
}
