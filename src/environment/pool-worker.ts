// Whether this process is a worker of a workerPool(): then what it says to the service manager goes to the primary, the
// only process that systemd listens to (NotifyAccess=main).

/** Holds the pid of the primary, so that a child of a worker, which inherits it, is none. */
export const POOL_VARIABLE = 'READYD_POOL';

export function isPoolWorker(): boolean {
  return process.env[POOL_VARIABLE] === String(process.ppid) && process.send !== undefined;
}

/** Whether anybody is there to be told that the service is ready. */
export function isSupervised(): boolean {
  return process.env.NOTIFY_SOCKET !== undefined || isPoolWorker();
}
