// $JOURNAL_STREAM: the device and inode of the socket that systemd connected to the journal. The variable alone is no
// proof, because children inherit it even if their output goes elsewhere. systemd.exec(5)
import { fstatSync } from 'node:fs';
import { parseInteger, UINT64_MAX } from './integer.ts';

interface Stream {
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Which standard stream of this process is connected to the journal, if any: stderr if both are.
 *
 * @returns undefined also if `$JOURNAL_STREAM` is malformed, like in libsystemd.
 * @example
 * ```ts
 * const colors = journalConnected() === undefined;
 * ```
 * @see systemd.exec(5), `$JOURNAL_STREAM`
 */
export function journalConnected(): 'stdout' | 'stderr' | undefined {
  if (isJournalStream(2)) return 'stderr';
  return isJournalStream(1) ? 'stdout' : undefined;
}

/** Whether this descriptor is the stream that systemd connected to the journal. */
export function isJournalStream(fd: number): boolean {
  return givenStreams().some((stream) => stream !== undefined && isStream(fd, stream));
}

/**
 * The stand-in's own variable comes first: it serves only this package, and leaves JOURNAL_STREAM to systemd. It has two
 * streams, because stdout and stderr of the program are two sockets there.
 */
function givenStreams(): readonly (Stream | undefined)[] {
  const { READYD_JOURNAL_STREAM: own, JOURNAL_STREAM: text } = process.env;
  return own === undefined ? [parseJournalStream(text)] : own.split(' ', 2).map(parseJournalStream);
}

/** `DEVICE:INODE`, two 64-bit integers. */
export function parseJournalStream(text: string | undefined): Stream | undefined {
  const match = /^([^:]+):([^:]+)$/.exec(text ?? '');
  if (match === null) return undefined;
  const device = parseInteger(match[1] ?? '', 0n, UINT64_MAX);
  const inode = parseInteger(match[2] ?? '', 0n, UINT64_MAX);
  return typeof device === 'bigint' && typeof inode === 'bigint' ? { device, inode } : undefined;
}

function isStream(fd: number, stream: Stream): boolean {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return dev === stream.device && ino === stream.inode;
  } catch {
    return false; // closed
  }
}
