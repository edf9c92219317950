// Whether this process is a worker of a workerPool(): then its notifications go to the primary, the only process whose
// messages systemd accepts (NotifyAccess=main).

/** Contains the pid of the primary, so that a child of a worker, which inherits it, does not count as a worker. */
export const POOL_VARIABLE = 'READYD_POOL';

export function isPoolWorker(): boolean {
  return process.env[POOL_VARIABLE] === String(process.ppid) && process.send !== undefined;
}

/** Whether a service manager or a primary waits for the service to be ready. */
export function isSupervised(): boolean {
  return process.env.NOTIFY_SOCKET !== undefined || isPoolWorker();
}
