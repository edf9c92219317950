// Where journald listens, and whether it does.
import { journalConnected } from '../environment/journal-stream.ts';
import { native } from '../native.ts';
import { isClientStream } from './client-stream.ts';
import type { JournalOptions } from './options.ts';
import { attempt } from './unreadable.ts';

const STDERR = 2;
/**
 * The path of journald's socket, the same in every namespace: LogNamespace= mounts another socket there. The
 * stand-in of `readyd run` and `readyd/testing` cannot do that without root, so it passes its path in the variable.
 */
export const JOURNAL_SOCKET: string = process.env.READYD_JOURNAL_SOCKET || '/run/systemd/journal/socket';

/** By the option `connect` of a logger, and the path of journald's socket. */
export function findsJournal(connect: JournalOptions['connect'], path: string): boolean {
  if (process.platform !== 'linux' || connect === 'never') return false;
  if (connect === 'always') return true;
  // Then standard error goes to a client, and only the journal remains.
  const isWanted = journalConnected() !== undefined || isClientStream(STDERR);
  return isWanted && attempt(() => listens(path)) === true;
}

/**
 * Tests whether journald listens. PID 1 keeps the socket open while journald restarts. So a refused connection means
 * another file system, or a path in InaccessiblePaths= (systemd.exec(5)), which leaves a dead socket.
 */
function listens(path: string): boolean {
  const fd = native().open();
  const connected = native().connect(fd, path);
  native().close(fd);
  return connected >= 0;
}
