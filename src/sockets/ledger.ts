// Tracks what the unit's descriptor store holds: what this process stored, and what came back from the previous run.
// The service manager sends no answer, and drops what does not fit without a message.
import { constants } from 'node:fs';
import { native } from '../native.ts';
import { processWide } from '../process-mark.ts';
import { claimedFds } from './claim.ts';
import { type Identity, isHungUp } from './inspect.ts';
import type { PassedFd } from './listen-fd.ts';

export interface LedgerEntry {
  readonly name: string;
  readonly identity: Identity;
  /** A copy of the descriptor that the manager watches: if it is hung up, the manager has dropped it. */
  readonly watched: number | undefined;
  /**
   * Closes `watched`. Only the addon that opened a descriptor can close it, and each copy of this package has an addon.
   */
  readonly close: () => void;
}

interface Ledger {
  readonly entries: Set<LedgerEntry>;
  /**
   * Names that this run has stored or removed: the store no longer holds the previous run's descriptors of these names.
   */
  readonly renewed: Set<string>;
}

const { entries, renewed } = processWide('fd-store@1', (): Ledger => ({ entries: new Set(), renewed: new Set() }));

/** How many descriptors of other names the store holds. */
export function countOthers(name: string): number {
  for (const entry of entries) if (entry.watched !== undefined && isHungUp(entry.watched)) forget(entry);
  const own = [...entries].filter((entry) => entry.name !== name).length;
  return own + [...claimedFds()].filter((passed) => passed.name !== name && isStored(passed)).length;
}

/** The other name under which the same socket is already stored: the manager stores a socket once. */
export function otherNameOf(name: string, { dev, ino }: Identity): string | undefined {
  for (const entry of entries) {
    const same = entry.identity.dev === dev && entry.identity.ino === ino;
    // The same inode means the same open file only for a socket: other files can be opened twice.
    if (same && entry.name !== name && isKind(entry.identity, constants.S_IFSOCK)) return entry.name;
  }
  return undefined;
}

/** Records `fd` in place of all entries of that name. */
export function enter(name: string, fd: number, identity: Identity, poll: boolean): LedgerEntry {
  clear(name);
  const pollable = isKind(identity, constants.S_IFSOCK) || isKind(identity, constants.S_IFIFO);
  const copy = poll && pollable ? native().duplicate(fd) : -1;
  const watched = copy < 0 ? undefined : copy;
  const entry = { name, identity, watched, close: () => void (watched !== undefined && native().close(watched)) };
  entries.add(entry);
  return entry;
}

export function clear(name: string): void {
  renewed.add(name);
  for (const entry of entries) if (entry.name === name) forget(entry);
}

export function forget(entry: LedgerEntry): void {
  if (entries.delete(entry)) entry.close();
}

function isKind({ mode }: Identity, kind: number): boolean {
  return (mode & constants.S_IFMT) === kind;
}

// A listening or bound socket may belong to the socket unit. Counting it could report a store as full that has room.
function isStored(passed: PassedFd): boolean {
  if (renewed.has(passed.name)) return false;
  const { kind } = passed;
  if (kind === 'memfd' || kind === 'pidfd') return true;
  const connected = !passed.listening && (kind === 'tcp' || kind === 'unix-stream') && passed.name !== 'connection';
  return connected && passed.isOpen && !isHungUp(passed.fd);
}
