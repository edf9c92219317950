// The one connection that the service manager started this process for.
import type * as Net from 'node:net';
import { SystemdError } from '../errors.ts';
import { type Criterion, choose, mismatch } from './choose.ts';
import { passedFds } from './claim.ts';
import type { PassedFd } from './listen-fd.ts';
import { standardInputSocket } from './standard-input.ts';

const CONNECTION: Criterion = {
  what: 'a tcp or unix-stream connection',
  fits: ({ kind, listening }) => !listening && (kind === 'tcp' || kind === 'unix-stream'),
};

let opened: Net.Socket | undefined;

/**
 * The connection that the service manager accepted for this process, from a socket unit with `Accept=yes`. Also works
 * with `StandardInput=socket` in the service; then do not use `process.stdin`. Undefined without such a connection.
 * Every call returns the same socket. The peer is in `$REMOTE_ADDR` and `$REMOTE_PORT`, and for TCP also in
 * `remoteAddress`.
 * @example
 * ```ts
 * connection()?.end('hello\n'); // Accept=yes
 * ```
 * @throws SystemdError `SD_ERR_FD_MISMATCH` for a connection that Node cannot serve (vsock, seqpacket, datagrams),
 *   `SD_ERR_FD_TAKEN`, and the errors of `listenFds()`.
 * @see systemd.socket(5), systemd.exec(5)
 */
export function connection(): Net.Socket | undefined {
  opened ??= open();
  return opened;
}

function open(): Net.Socket | undefined {
  const passed = passedConnection() ?? standardInput();
  if (passed === undefined) return undefined;
  const fd = passed.take('connection()');
  try {
    // Without these options a socket created from a descriptor neither reads nor writes.
    const { Socket } = process.getBuiltinModule('node:net');
    return new Socket({ fd, readable: true, writable: true });
  } catch (error) {
    passed.giveBack();
    throw new SystemdError('SD_ERR_FD_MISMATCH', `Node cannot serve ${passed.label}: ${String(error)}`, {
      cause: error,
    });
  }
}

// The service manager names it "connection"; systemd-socket-activate(1) passes no name.
function passedConnection(): PassedFd | undefined {
  const all = passedFds();
  const only = all.length === 1 ? all.at(0) : undefined;
  const name = only?.name === 'unknown' && CONNECTION.fits(only) ? 'unknown' : 'connection';
  return choose(all, name, CONNECTION)?.passed[0];
}

// A unix socket without an address may be the parent's end of a pipe. An accepted connection has the address of its
// listening socket. A TCP connection is never a pipe.
function standardInput(): PassedFd | undefined {
  const passed = standardInputSocket();
  if (passed === undefined) return undefined;
  // A listening socket (Accept=no, inetd's `wait`) is for listen().
  if (passed.listening || !isAccepted(passed)) return undefined;
  if (!CONNECTION.fits(passed)) throw mismatch(passed, CONNECTION);
  return passed;
}

function isAccepted({ kind, address }: PassedFd): boolean {
  return kind === 'tcp' || (kind === 'unix-stream' && address !== undefined) || startedByManager();
}

function startedByManager(): boolean {
  const { SYSTEMD_EXEC_PID, REMOTE_ADDR } = process.env;
  return SYSTEMD_EXEC_PID === undefined ? REMOTE_ADDR !== undefined : SYSTEMD_EXEC_PID === String(process.pid);
}
