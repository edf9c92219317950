// One passed descriptor, and its owner.
import { closeSync } from 'node:fs';
import { quote, SyscallError, SystemdError } from '../errors.ts';
import { native, syscallError } from '../native.ts';
import { type Identity, inspect, isSame, mayBeOfNode } from './inspect.ts';
import { addressOf, addressText, type DescriptorFacts, kindOf, type SocketAddress, type SocketKind } from './kind.ts';

/**
 * A descriptor that the service manager passed.
 * @see sd_listen_fds(3), sd_is_socket(3)
 */
export interface ListenFd {
  /** Its number, to inspect it. Call `take()` to own it. */
  readonly fd: number;
  /** FileDescriptorName= of the socket unit, or its default; not unique. */
  readonly name: string;
  /** What it is, as reported by the kernel. */
  readonly kind: SocketKind;
  /** Whether it accepts connections: false for a datagram socket and for a connection. */
  readonly listening: boolean;
  /** The address; undefined for a descriptor without one (a pipe, a memfd, vsock, netlink). */
  readonly address: SocketAddress | undefined;
  /**
   * Transfers ownership to the caller, once: the caller closes the descriptor.
   * @throws SystemdError `SD_ERR_FD_TAKEN` if it is already taken.
   */
  take(): number;
  /**
   * A copy (dup(2), close-on-exec) that the caller owns and closes. The original stays open, so the copy can be closed
   * and lent again without losing the socket. A lent descriptor counts as claimed.
   * @throws SystemdError `SD_ERR_FD_TAKEN` if the original is taken, and a SyscallError such as EMFILE.
   */
  lend(): number;
}

const WORKERS = 'the cluster';

export class PassedFd implements ListenFd {
  readonly fd: number;
  readonly name: string;
  readonly #identity: Identity;
  #facts: DescriptorFacts | undefined;
  #owner: string | undefined;
  #loan: number | undefined;
  #isLent = false;

  constructor(fd: number, name: string, identity: Identity) {
    this.fd = fd;
    this.name = name;
    this.#identity = identity;
  }

  get kind(): SocketKind {
    return kindOf(this.#inspect());
  }

  get listening(): boolean {
    return this.#inspect().socket?.listening ?? false;
  }

  get address(): SocketAddress | undefined {
    return addressOf(this.#inspect());
  }

  /** The inode number, which identifies a socket to the kernel. */
  get inode(): number {
    return this.#identity.ino;
  }

  /** Whether the number still refers to the file that was passed. */
  get isOpen(): boolean {
    return isSame(this.fd, this.#identity);
  }

  get taken(): boolean {
    return this.#owner !== undefined;
  }

  take(owner = 'take()'): number {
    this.refuseTaken();
    // Check now: after take() the owner may close the number.
    this.#refuseClosed();
    this.#inspect();
    this.#owner = owner;
    return this.fd;
  }

  /** The values for a log: without this, JSON.stringify would skip the getters. */
  toJSON(): Omit<ListenFd, 'take' | 'lend'> {
    const { fd, name, kind, listening, address } = this;
    return { fd, name, kind, listening, address };
  }

  /** @throws SystemdError `SD_ERR_FD_TAKEN` if it has an owner. */
  refuseTaken(): undefined {
    if (this.#owner === undefined) return;
    throw new SystemdError('SD_ERR_FD_TAKEN', `${this.label} is not available: ${this.#owner} has it already`);
  }

  /** Whether cluster workers use it; all of them share it. */
  get isWithCluster(): boolean {
    return this.#owner === WORKERS;
  }

  lend(): number {
    this.refuseTaken();
    const copy = this.#duplicate('cannot lend a copy of');
    this.#isLent = true;
    return copy;
  }

  /** Whether this process uses it: it was taken, or a copy was lent. */
  get claimed(): boolean {
    return this.taken || this.#isLent;
  }

  /**
   * A copy for the workers of a cluster: Node closes it in the primary when the last worker exits, and the next worker
   * gets a new copy.
   */
  lendToCluster(): number {
    if (!this.isWithCluster) this.take(WORKERS);
    if (this.#loan !== undefined && isSame(this.#loan, this.#identity)) return this.#loan;
    this.#loan = this.#duplicate('cannot lend a cluster worker a copy of');
    return this.#loan;
  }

  #duplicate(what: string): number {
    this.#refuseClosed();
    const copy = native().duplicate(this.fd);
    if (copy < 0) throw syscallError(`${what} ${this.label}`, copy, 'fcntl');
    return native().disown(copy);
  }

  /** Takes it back from an owner that could not use it. If that owner closed it, it stays taken. */
  giveBack(): void {
    if (this.isOpen) this.#owner = undefined;
  }

  /** Closes it if it has no owner and still is the descriptor that was passed. */
  closeUnused(): boolean {
    if (this.#owner !== undefined || !this.isOpen || mayBeOfNode(this.fd)) return false;
    this.take('closeUnused()');
    closeSync(this.fd);
    return true;
  }

  /** Text for messages: `descriptor 3 ("web")`. */
  get label(): string {
    return `descriptor ${this.fd} (${quote(this.name)})`;
  }

  /** Text for messages: `a listening tcp socket at 127.0.0.1:80`. */
  get description(): string {
    const { kind, listening } = this;
    const what = this.#inspect().socket === undefined ? kind : `${kind} socket`;
    const at = this.address === undefined ? '' : ` at ${addressText(this.address)}`;
    return `${listening ? 'a listening' : /^[aeio]/.test(what) ? 'an' : 'a'} ${what}${at}`;
  }

  // Lazy: inspecting 250 sockets takes longer than claiming them, and few programs need it.
  #inspect(): DescriptorFacts {
    if (this.#facts === undefined) {
      this.#refuseClosed();
      this.#facts = inspect(this.fd, this.#identity);
    }
    return this.#facts;
  }

  #refuseClosed(): void {
    if (this.isOpen) return;
    throw new SyscallError(`${this.label} was closed by something that did not take it`, {
      code: 'EBADF',
      errno: -9,
      syscall: 'fstat',
    });
  }
}
