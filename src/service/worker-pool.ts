// Runs a cluster as one service: only the primary notifies systemd.
import { availableParallelism } from 'node:os';
import { checkInteger, checkObject, ownOptions } from '../arguments.ts';
import type { ServiceDefinition } from './definition.ts';
import { Pool } from './pool.ts';

/** The options of workerPool(). */
export interface WorkerPoolOptions {
  /** How many workers; default: the number of CPUs that this process may use. */
  readonly count?: number;
  /** Additional environment variables for the workers. */
  readonly env?: NodeJS.ProcessEnv;
}

const KNOWN_KEYS: Readonly<Record<keyof WorkerPoolOptions, true>> = { count: true, env: true };
const COUNT_MAX = 1024;

/**
 * The service of a cluster's primary: `service(workerPool())` there, and `service({ start, … })` in each worker.
 *
 * All messages of a worker to the service manager (`ready`, `status`, the heartbeat of `watchdog`) go to the primary,
 * which speaks for all workers, so `NotifyAccess=main` suffices. The service is ready when every worker is. Its
 * heartbeat continues only while every worker's does. A reload goes through the workers one after another. A stop ends
 * all of them. A worker that exits unexpectedly is replaced. The primary claims the sockets that systemd passed, and
 * `listen()` in a worker borrows them. Other members can be added to the definition: `{ ...workerPool(), log }`.
 *
 * @example
 * ```ts
 * if (cluster.isPrimary) await service(workerPool({ count: 4 }));
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`.
 * @see NotifyAccess= in systemd.service(5)
 */
export function workerPool(options: WorkerPoolOptions = {}): ServiceDefinition<unknown> {
  const own = ownOptions('workerPool(): the options', options, KNOWN_KEYS);
  const { count = availableParallelism(), env = {} } = own;
  checkInteger('workerPool(): count', count, 1, COUNT_MAX);
  checkObject('workerPool(): env', env);
  let pool: Pool | undefined;
  return {
    start: async (context) => {
      pool = new Pool(context, env);
      await pool.start(count);
    },
    reload: () => pool?.reload(),
    stop: (_running, { signal }) => pool?.stop(signal),
    status: () => pool?.status ?? '',
    watchdog: { checks: { workers: () => pool?.check() } },
  };
}
