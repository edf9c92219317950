// A service that has sent READY must not fail because its manager has exited: `systemd-notify --fork` exits after
// READY, and a container's proxy and OpenRC may too. From then on an undeliverable message is not an error. It is
// reported once, in the log and on the channel `readyd:notify`.
import { notifyChannel } from '../channels.ts';
import type { SyscallError } from '../errors.ts';
import { tellProcess } from '../journal/process-log.ts';
import { processWide } from '../process-mark.ts';

interface Shared {
  /** The $NOTIFY_SOCKET that has received READY. */
  up: string | undefined;
  told: boolean;
}

const shared = processWide('departed-manager@1', (): Shared => ({ up: undefined, told: false }));
/** No process listens; the socket file was removed; a firewall or a namespace blocks the way. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOENT', 'EPERM']);

/** READY was sent: from now on the manager may exit. */
export function readyArrived(): void {
  shared.up = process.env.NOTIFY_SOCKET;
  shared.told = false;
}

/** Resolves `false` instead of rejecting if the manager received READY and is now unreachable. */
export function unlessDeparted(sent: Promise<boolean>): Promise<boolean> {
  return sent.catch((error: unknown) => {
    if (!hasDeparted(error)) throw error;
    tell(error);
    return false;
  });
}

function hasDeparted(error: unknown): error is SyscallError {
  // Compares the code, because another copy of this package, with its own error class, may have sent the message.
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
