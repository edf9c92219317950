// With Accept=yes and StandardInput=socket, inetd and xinetd, the client's connection is standard input, and also
// standard output and error. Log entries must not go to the client.
import { fstatSync } from 'node:fs';
import { inspect } from '../sockets/inspect.ts';
import { addressOf, kindOf } from '../sockets/kind.ts';
import { attempt } from './unreadable.ts';

const STDIN = 0;

/** Whether this standard stream is the same connection as standard input. */
export function isClientStream(fd: number): boolean {
  return attempt(() => isSame(fd) && isConnection()) ?? false;
}

function isSame(fd: number): boolean {
  const input = fstatSync(STDIN);
  if (!input.isSocket()) return false;
  const output = fstatSync(fd);
  return input.dev === output.dev && input.ino === output.ino;
}

/** A socket pair made by a parent process has no address; an accepted connection has one. */
function isConnection(): boolean {
  const { dev, ino, mode } = fstatSync(STDIN);
  const facts = inspect(STDIN, { dev, ino, mode });
  const kind = kindOf(facts);
  return (
    facts.socket?.listening === false && (kind === 'tcp' || (kind === 'unix-stream' && addressOf(facts) !== undefined))
  );
}
