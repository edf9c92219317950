// What the descriptor store of the unit holds, as far as this process can know: what it has put there, and what came back
// from it. The service manager answers nothing, and drops in silence what is too much.
import { constants } from 'node:fs';
import { native } from '../native.ts';
import { processWide } from '../process-mark.ts';
import { claimedFds } from './claim.ts';
import { type Identity, isHungUp } from './inspect.ts';
import type { PassedFd } from './listen-fd.ts';

export interface Entry {
  readonly name: string;
  readonly identity: Identity;
  /** Our own copy of what the manager watches: when it is hung up, the manager has dropped it. */
  readonly watched: number | undefined;
  /** Closes `watched`: only the addon that opened a descriptor can, and each copy of this package has one of its own. */
  readonly close: () => void;
}

interface Ledger {
  readonly entries: Set<Entry>;
  /** Names whose descriptors of the previous run are no longer there, because this run has put or removed them. */
  readonly renewed: Set<string>;
}

const { entries, renewed } = processWide('fd-store@1', (): Ledger => ({ entries: new Set(), renewed: new Set() }));

/** How many descriptors of other names are in the store. */
export function countOthers(name: string): number {
  for (const entry of entries) if (entry.watched !== undefined && isHungUp(entry.watched)) forget(entry);
  const own = [...entries].filter((entry) => entry.name !== name).length;
  return own + [...claimedFds()].filter((passed) => passed.name !== name && isStored(passed)).length;
}

/** Under which other name the same socket is there already: the manager takes it once. */
export function otherNameOf(name: string, { dev, ino }: Identity): string | undefined {
  for (const entry of entries) {
    const same = entry.identity.dev === dev && entry.identity.ino === ino;
    // The only thing that two descriptors can have in common without being one and the same.
    if (same && entry.name !== name && isKind(entry.identity, constants.S_IFSOCK)) return entry.name;
  }
  return undefined;
}

/** Puts `fd` in the place of everything of that name. */
export function enter(name: string, fd: number, identity: Identity, poll: boolean): Entry {
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

export function forget(entry: Entry): void {
  if (entries.delete(entry)) entry.close();
}

function isKind({ mode }: Identity, kind: number): boolean {
  return (mode & constants.S_IFMT) === kind;
}

// A listening or a bound socket can be the socket unit's as well: counting it could refuse what has room.
function isStored(passed: PassedFd): boolean {
  if (renewed.has(passed.name)) return false;
  const { kind } = passed;
  if (kind === 'memfd' || kind === 'pidfd') return true;
  const connected = !passed.listening && (kind === 'tcp' || kind === 'unix-stream') && passed.name !== 'connection';
  return connected && passed.isOpen && !isHungUp(passed.fd);
}
