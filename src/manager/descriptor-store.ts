// The descriptors that a service stores for its next run: FileDescriptorStoreMax= in systemd.service(5)
import { readFileSync } from 'node:fs';
import { whenReady } from '../descriptor-poll.ts';
import { native, POLLERR, POLLHUP } from '../native.ts';
import { identify, inspect } from '../sockets/inspect.ts';
import { kindOf, type SocketKind } from '../sockets/kind.ts';

/** One descriptor in the store. */
export interface Stored {
  readonly name: string;
  readonly kind: SocketKind;
}

interface StoredFd extends Stored {
  readonly fd: number;
  readonly file: string;
  readonly gone: AbortController;
}

/** The name of a descriptor without a name. */
const UNNAMED = 'stored';
const LONG_MS = 60_000;

export class DescriptorStore {
  readonly #max: number;
  readonly #changed: () => void;
  #entries: StoredFd[] = [];

  constructor(max: number, changed: () => void = () => undefined) {
    this.#max = max;
    this.#changed = changed;
  }

  /** Newest first: the order in which they are passed back. */
  get entries(): readonly (Stored & { readonly fd: number })[] {
    return this.#entries;
  }

  /** Takes ownership of all of them: closes duplicates, and those above the limit. */
  add(fds: readonly number[], name: string = UNNAMED, poll = true): { stored: number; refused: number } {
    let stored = 0;
    let refused = 0;
    for (const fd of fds) {
      const file = openFile(fd);
      const full = this.#entries.length >= this.#max;
      if (full) refused += 1;
      if (full || this.#entries.some((entry) => entry.file === file)) {
        native().close(fd);
        continue;
      }
      const kind = kindOfAny(fd, name);
      const entry: StoredFd = { name, fd, kind, file, gone: new AbortController() };
      this.#entries.unshift(entry);
      stored += 1;
      if (poll) void this.#watch(entry);
    }
    if (stored > 0) this.#changed();
    return { stored, refused };
  }

  /** Closes all descriptors of that name. */
  remove(name: string): number {
    const gone = this.#entries.filter((entry) => entry.name === name);
    for (const entry of gone) this.#drop(entry);
    return gone.length;
  }

  clear(): void {
    // Safe while iterating, because #drop replaces the array.
    for (const entry of this.#entries) this.#drop(entry);
  }

  #drop(entry: StoredFd): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.gone.abort();
    native().close(entry.fd);
    this.#changed();
  }

  /** Drops a socket or a pipe whose peer has hung up, because it is useless. */
  async #watch(entry: StoredFd): Promise<void> {
    const { signal } = entry.gone;
    while (!signal.aborted) {
      const events = await whenReady(entry.fd, 0, LONG_MS, signal);
      if (signal.aborted || events < 0) return;
      if ((events & (POLLHUP | POLLERR)) !== 0) this.#drop(entry);
    }
  }
}

/** A service may store any descriptor, even one whose kind cannot be determined, such as one with O_PATH. */
function kindOfAny(fd: number, name: string): SocketKind {
  try {
    return kindOf(
      inspect(
        fd,
        identify(fd, () => name),
      ),
    );
  } catch {
    return 'other';
  }
}

/**
 * Identifies the open file of a descriptor. kcmp is not available here, so this uses the inode and the open flags,
 * which is also systemd's fallback.
 */
function openFile(fd: number): string {
  const { dev, ino } = identify(fd, () => `cannot store descriptor ${fd}`);
  const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  // O_CLOEXEC belongs to the descriptor, not to the file.
  return `${dev}:${ino}:${Number.parseInt(flags, 8) & ~0o2000000}`;
}
