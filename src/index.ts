// The contents page.
export type {
  JournalChannelMessage,
  NotifyChannelMessage,
  ServiceChannelMessage,
  SocketChannelMessage,
  WatchdogChannelMessage,
} from './channels.ts';
export { captureConsole } from './console/capture.ts';
export { childEnv } from './environment/child-env.ts';
export { credential } from './environment/credential.ts';
export { type Directories, directories } from './environment/directories.ts';
export { booted, invocationId, isMainProcess } from './environment/identity.ts';
export { journalConnected } from './environment/journal-stream.ts';
export { SyscallError, SystemdError } from './errors.ts';
export { journal } from './journal/create-journal.ts';
export type { Fields, FieldValue } from './journal/field-value.ts';
export type { ChildOptions, Journal, LogMethod } from './journal/journal.ts';
export type { Level, LevelName, Threshold } from './journal/levels.ts';
export type { JournalOptions } from './journal/options.ts';
export { sendEntry } from './journal/send-entry.ts';
export type { Serializers } from './journal/serializers.ts';
export { type BarrierOptions, barrier } from './notify/barrier.ts';
export {
  extendTimeout,
  mainPid,
  notify,
  notifySync,
  ready,
  reloading,
  status,
  stopping,
} from './notify/notify.ts';
export type { NotifyOptions } from './notify/options.ts';
export { reload } from './notify/reload.ts';
export type { NotifyState } from './notify/state.ts';
export type { ServiceContext, ServiceDefinition } from './service/definition.ts';
export { type Drained, type DrainOptions, drain } from './service/drain.ts';
export { type IdleOptions, onIdle } from './service/idle.ts';
export { onMemoryPressure } from './service/memory-pressure.ts';
export { service } from './service/service.ts';
export { type WorkerPoolOptions, workerPool } from './service/worker-pool.ts';
export { type BindTarget, bind } from './sockets/bind.ts';
export { listenFds } from './sockets/claim.ts';
export { connection } from './sockets/connection.ts';
export { type FdStore, fdStore, type PutOptions } from './sockets/fd-store.ts';
export type { SocketAddress, SocketKind } from './sockets/kind.ts';
export { type Listening, listen } from './sockets/listen.ts';
export type { ListenFd } from './sockets/listen-fd.ts';
export type { ListenFds } from './sockets/listen-fds.ts';
export { listenTarget } from './sockets/listen-target.ts';
export type { Resource } from './sockets/resource.ts';
export type { ListenTarget } from './sockets/target.ts';
export { type Watchdog, type WatchdogOptions, watchdog } from './watchdog/watchdog.ts';
