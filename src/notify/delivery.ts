// What a message is to the transports, and the errors of not delivering it.
import { SystemdError } from '../errors.ts';
import { native, syscallError } from '../native.ts';

export interface Message {
  readonly payload: string;
  readonly fds: Int32Array | undefined;
  /** Whose message it shall be; 0 for our own. */
  readonly pid: number;
  /** How long to wait for room in the manager's queue, in milliseconds. */
  readonly timeout: number;
}

/** Where messages go: one per address. */
export interface Sender {
  /** Sends in this tick, or after those that wait. Rejects, and never throws. */
  send(message: Message): Promise<boolean>;
  /** Sends what waits and then this, blocking for at most the message's timeout. */
  sendSync(message: Message): boolean;
  /**
   * Resolves once the receiver has read everything sent before. Only where it says so by itself; elsewhere a barrier
   * message asks.
   */
  acknowledged?(): Promise<void>;
  /** Frees the socket once nothing waits. */
  close(): void;
}

/** What may wait in one sender: past it a message is refused instead of filling the memory. */
export const WAITING_BYTES_MAX: number = 8 * 1024 * 1024;
/** How long the exit of the process may be held up by what still waits. */
export const EXIT_MS = 1000;
const ENTRY_BYTES = 256;

/** What a message that waits counts for, with what it costs beside its text. */
export function waitingBytes({ payload }: Message): number {
  return ENTRY_BYTES + payload.length;
}

export function undelivered(result: number, syscall: string, address: string): SystemdError {
  return syscallError(`cannot reach the service manager at '${address}'`, result, syscall, address);
}

export function lateError(address: string, timeout: number): SystemdError {
  return new SystemdError(
    'SD_ERR_TIMEOUT',
    `the service manager at '${address}' did not take the message within ${timeout} ms`,
  );
}

/** Copies of descriptors for a message that has to wait: what the caller closes meanwhile stays good. */
export function duplicateAll(fds: Int32Array | undefined): Int32Array | undefined {
  if (fds === undefined) return undefined;
  const copies: number[] = [];
  for (const fd of fds) {
    const copy = native().duplicate(fd);
    if (copy < 0) {
      closeAll(copies);
      throw syscallError(`cannot pass descriptor ${fd}`, copy, 'fcntl');
    }
    copies.push(copy);
  }
  return Int32Array.from(copies);
}

export function closeAll(fds: Iterable<number> | undefined): void {
  for (const fd of fds ?? []) native().close(fd);
}
