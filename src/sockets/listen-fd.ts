// One descriptor that was passed to this process, and who owns it.
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
  /** Its number, for looking at; `take()` gives it away. */
  readonly fd: number;
  /** FileDescriptorName= of the socket unit, or its default; not unique. */
  readonly name: string;
  /** What it is, by the kernel's word. */
  readonly kind: SocketKind;
  /** Whether connections arrive on it: false for a datagram socket and for a connection. */
  readonly listening: boolean;
  /** Where it can be reached; undefined for what has no such address (a pipe, a memfd, vsock, netlink). */
  readonly address: SocketAddress | undefined;
  /**
   * Hands ownership over, once: the caller closes the descriptor.
   * @throws SystemdError `SD_ERR_FD_TAKEN` when somebody has it already.
   */
  take(): number;
  /**
   * A copy of it (dup(2), close-on-exec) that the caller owns and closes. The original stays where it is, so that the
   * copy can be closed and lent again without losing the socket. What is lent counts as claimed.
   * @throws SystemdError `SD_ERR_FD_TAKEN` when somebody has taken the original, and a SyscallError such as EMFILE.
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

  /** The inode number, which names a socket to the kernel. */
  get inode(): number {
    return this.#identity.ino;
  }

  /** Whether the number still stands for what was passed. */
  get isOpen(): boolean {
    return isSame(this.fd, this.#identity);
  }

  get taken(): boolean {
    return this.#owner !== undefined;
  }

  take(owner = 'take()'): number {
    this.refuseTaken();
    // The last moment at which the number is sure to mean what was passed.
    this.#refuseClosed();
    this.#inspect();
    this.#owner = owner;
    return this.fd;
  }

  /** What it is, for a log: the getters alone would leave the most of it out. */
  toJSON(): Omit<ListenFd, 'take' | 'lend'> {
    const { fd, name, kind, listening, address } = this;
    return { fd, name, kind, listening, address };
  }

  /** @throws SystemdError `SD_ERR_FD_TAKEN` when somebody has it. */
  refuseTaken(): undefined {
    if (this.#owner === undefined) return;
    throw new SystemdError('SD_ERR_FD_TAKEN', `${this.label} is not available: ${this.#owner} has it already`);
  }

  /** Whether the workers of a cluster have it, each as well as all others. */
  get isWithCluster(): boolean {
    return this.#owner === WORKERS;
  }

  lend(): number {
    this.refuseTaken();
    const copy = this.#duplicate('cannot lend a copy of');
    this.#isLent = true;
    return copy;
  }

  /** Whether something in this process uses it: it was taken, or a copy was lent. */
  get claimed(): boolean {
    return this.taken || this.#isLent;
  }

  /**
   * A copy for the workers of a cluster: Node closes it in the primary when the last of them is gone, and the next one
   * gets another.
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

  /** Takes it back from an owner that could not use it; what that owner has closed stays taken. */
  giveBack(): void {
    if (this.isOpen) this.#owner = undefined;
  }

  /** Closes it if nobody took it, and if it surely is what was passed. */
  closeUnused(): boolean {
    if (this.#owner !== undefined || !this.isOpen || mayBeOfNode(this.fd)) return false;
    this.take('closeUnused()');
    closeSync(this.fd);
    return true;
  }

  /** As it stands in a message: `descriptor 3 ("web")`. */
  get label(): string {
    return `descriptor ${this.fd} (${quote(this.name)})`;
  }

  /** What it is, as it stands in a message: `a listening tcp socket at 127.0.0.1:80`. */
  get description(): string {
    const { kind, listening } = this;
    const what = this.#inspect().socket === undefined ? kind : `${kind} socket`;
    const at = this.address === undefined ? '' : ` at ${addressText(this.address)}`;
    return `${listening ? 'a listening' : /^[aeio]/.test(what) ? 'an' : 'a'} ${what}${at}`;
  }

  // Late, because telling what 250 sockets are takes longer than claiming them, and few programs ask.
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
