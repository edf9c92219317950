// What a message is to the senders, and the errors of not delivering it.
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
  readonly acknowledged?: (() => Promise<void>) | undefined;
  /** Frees the socket once nothing waits. */
  close(): void;
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
