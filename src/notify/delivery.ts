// The interface of the senders, and the errors of delivery.
import { SystemdError } from '../errors.ts';
import { native, syscallError } from '../native.ts';

export interface NotifyMessage {
  readonly payload: string;
  readonly fds: Int32Array | undefined;
  /** The process in whose name it is sent; 0 for this process. */
  readonly pid: number;
  /** How long to wait for room in the manager's queue, in milliseconds. */
  readonly timeout: number;
}

/** Sends messages to one address. */
export interface Sender {
  /** Sends in this tick, or after the waiting messages. Rejects, but never throws. */
  send(message: NotifyMessage): Promise<boolean>;
  /** Sends the waiting messages and then this one; blocks for at most the message's timeout. */
  sendSync(message: NotifyMessage): boolean;
  /**
   * Resolves once the receiver has read everything sent before. Defined only if the route reports that; otherwise send
   * a barrier message.
   */
  readonly acknowledged?: (() => Promise<void>) | undefined;
  /** Closes the socket once no message waits. */
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

/** Copies the descriptors of a waiting message, because the caller may close its own meanwhile. */
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
