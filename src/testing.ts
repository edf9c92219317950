/**
 * A service manager for tests: it speaks systemd's protocol to one service, without root and without systemd.
 *
 * @packageDocumentation
 */
import { createManager as create, type Manager } from './manager/manager.ts';
import type { ManagerOptions } from './manager/options.ts';
import { unavailable } from './manager/unavailable.ts';

export { SyscallError, SystemdError } from './errors.ts';
export type { Daemon } from './manager/daemon.ts';
export type { Stored } from './manager/descriptor-store.ts';
export type { JournalField, JournalRecord } from './manager/journal-record.ts';
export type { Exit } from './manager/launch.ts';
export type { Listener } from './manager/listener.ts';
export type { Manager } from './manager/manager.ts';
export type { ManagerOptions, StartOptions } from './manager/options.ts';
export type { End, Message, Timing } from './manager/run-record.ts';
export type { ActiveState, Phase, Result, SubState } from './manager/service-state.ts';
export type { Command, ExitStatus, Restart, ServiceType, Settings } from './manager/settings.ts';
export type { TimelineEvent } from './manager/timeline.ts';
export type { Notification, NotifyAccess } from './notify/decode.ts';
export type { SocketAddress, SocketKind } from './sockets/kind.ts';
export { unavailable };

/**
 * Binds the sockets and waits for a start of the service. The sockets stay open until `close()`, across several starts.
 *
 * @example
 * ```ts
 * const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
 * const daemon = await manager.start(process.execPath, ['app.js']);
 * await daemon.ready();
 * ```
 * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or an invalid value.
 * @throws (rejects) SystemdError `SD_ERR_NATIVE_UNAVAILABLE` if it is not supported here; see `unavailable()`.
 * @throws (rejects) SyscallError `EADDRINUSE` and similar, for a socket that cannot be bound.
 */
export function createManager(options: ManagerOptions = {}): Promise<Manager> {
  return create(options);
}
