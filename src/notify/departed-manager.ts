// A service that has said READY is up, and must not end because its manager has ended: `systemd-notify --fork` leaves
// after READY, a container's proxy and OpenRC may too. From then on a message that reaches no manager is no failure. It
// is told once, in the log and on the channel `readyd:notify`.
import { notifyChannel } from '../channels.ts';
import type { SyscallError } from '../errors.ts';
import { tellProcess } from '../journal/process-log.ts';
import { processWide } from '../process-mark.ts';

interface Shared {
  /** The $NOTIFY_SOCKET at which READY has arrived. */
  up: string | undefined;
  told: boolean;
}

const shared = processWide('departed-manager@1', (): Shared => ({ up: undefined, told: false }));
/** Nobody listens there; the socket's file is gone; a firewall or a namespace is in between. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOENT', 'EPERM']);

/** READY has been handed to the manager: from now on it may leave. */
export function readyArrived(): void {
  shared.up = process.env.NOTIFY_SOCKET;
  shared.told = false;
}

/** Resolves `false` in place of the error where the manager was there for READY and cannot be reached any more. */
export function unlessDeparted(sent: Promise<boolean>): Promise<boolean> {
  return sent.catch((error: unknown) => {
    if (!hasDeparted(error)) throw error;
    tell(error);
    return false;
  });
}

function hasDeparted(error: unknown): error is SyscallError {
  // By its code: another copy of this package may have sent the message, and has a class of its own.
  const { code } = Object(error) as { code?: unknown };
  const known = typeof code === 'string' && UNREACHABLE.has(code);
  return known && shared.up !== undefined && shared.up === process.env.NOTIFY_SOCKET;
}

function tell(error: SyscallError): void {
  if (shared.told) return;
  shared.told = true;
  if (notifyChannel.hasSubscribers) {
    notifyChannel.publish({ type: 'unreachable', address: shared.up ?? '', error });
  }
  tellProcess((log) =>
    log.warning(`the service manager has left, and the service goes on without it: ${error.message}`, { error }),
  );
}
