// Standard input where it is a socket: StandardInput=socket in systemd.exec(5), inetd and xinetd.
import { WANTED } from './choose.ts';
import { identify, isSocket } from './inspect.ts';
import { PassedFd } from './listen-fd.ts';

const STDIN = 0;

let stdin: PassedFd | undefined;

/** The same object every time, since it has one owner. Undefined where standard input is no socket. */
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

/** A socket that listens: `Accept=no` with `StandardInput=socket`, `wait` in inetd's table, a FastCGI server's. */
export function listeningStandardInput(): PassedFd | undefined {
  const socket = standardInputSocket();
  return socket !== undefined && !socket.taken && WANTED.listener.fits(socket) ? socket : undefined;
}
