// The contents page.
export { SyscallError, SystemdError } from './errors.ts';
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
