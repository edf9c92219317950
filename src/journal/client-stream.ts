// Accept=yes with StandardInput=socket, inetd and xinetd make the connection of a client standard input, and standard output
// and error as well. What is logged is not for the client.
import { fstatSync } from 'node:fs';
import { inspect } from '../sockets/inspect.ts';
import { addressOf, kindOf } from '../sockets/kind.ts';
import { attempt } from './unreadable.ts';

const STDIN = 0;

/** Whether this standard stream is the connection that standard input is. */
export function isClientStream(fd: number): boolean {
  return attempt(() => isSame(fd) && isConnection()) ?? false;
}

function isSame(fd: number): boolean {
  const input = fstatSync(STDIN);
  if (!input.isSocket()) return false;
  const output = fstatSync(fd);
  return input.dev === output.dev && input.ino === output.ino;
}

/** One end of a pair of sockets, which a parent makes, has no address; a connection that was accepted has one. */
function isConnection(): boolean {
  const { dev, ino, mode } = fstatSync(STDIN);
  const facts = inspect(STDIN, { dev, ino, mode });
  const kind = kindOf(facts);
  return (
    facts.socket?.listening === false && (kind === 'tcp' || (kind === 'unix-stream' && addressOf(facts) !== undefined))
  );
}
