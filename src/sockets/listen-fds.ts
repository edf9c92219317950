// All descriptors that were passed to this process.
import { checkInteger, checkString, INT32_MAX } from '../arguments.ts';
import type { ListenFd, PassedFd } from './listen-fd.ts';

/**
 * The descriptors that the service manager passed, in their order: first those of the socket units, then those from the
 * descriptor store.
 * @see sd_listen_fds_with_names(3), systemd.socket(5)
 */
export interface ListenFds extends Iterable<ListenFd> {
  /** How many were passed, including those taken or closed since. */
  readonly length: number;
  /** The name of each; names may repeat. */
  readonly names: readonly string[];
  /** The first with that name. */
  get(name: string): ListenFd | undefined;
  /** All with that name, in the order in which they were passed. */
  getAll(name: string): readonly ListenFd[];
  /** Like `Array.prototype.at`: a negative index counts from the end. */
  at(index: number): ListenFd | undefined;
  /** Closes every descriptor without an owner, and returns how many it closed. */
  closeUnused(): number;
}

export class PassedFds implements ListenFds {
  readonly #all: readonly PassedFd[];
  readonly names: readonly string[];

  constructor(all: readonly PassedFd[]) {
    this.#all = all;
    this.names = Object.freeze(all.map((passed) => passed.name));
  }

  get length(): number {
    return this.#all.length;
  }

  get(name: string): PassedFd | undefined {
    checkString('name', name);
    return this.#all.find((passed) => passed.name === name);
  }

  getAll(name: string): readonly PassedFd[] {
    checkString('name', name);
    return this.#all.filter((passed) => passed.name === name);
  }

  at(index: number): PassedFd | undefined {
    return this.#all.at(checkInteger('index', index, -INT32_MAX, INT32_MAX));
  }

  closeUnused(): number {
    return this.#all.filter((passed) => passed.closeUnused()).length;
  }

  [Symbol.iterator](): Iterator<PassedFd> {
    return this.#all[Symbol.iterator]();
  }
}
