// A cluster as one service: systemd hears of it from the primary only.
import { availableParallelism } from 'node:os';
import { checkInteger, checkObject, ownOptions } from '../arguments.ts';
import type { ServiceDefinition } from './definition.ts';
import { Pool } from './pool.ts';

/** The options of a pool of workers. */
export interface WorkerPoolOptions {
  /** How many workers; default: as many as there are processors for this process. */
  readonly count?: number;
  /** Variables for the workers, besides those of the primary. */
  readonly env?: NodeJS.ProcessEnv;
}

const KNOWN_KEYS: Readonly<Record<keyof WorkerPoolOptions, true>> = { count: true, env: true };
const COUNT_MAX = 1024;

/**
 * The service of a cluster's primary: `service(workerPool())` there, and `service({ start, … })` in each worker.
 *
 * In a worker everything that is said to the service manager (`ready`, `status`, the heartbeat of `watchdog`) goes to the
 * primary, which speaks for all of them, so that `NotifyAccess=main` holds. The service is ready when every worker is;
 * its heartbeat goes on only while that of every worker does; a reload goes through them one after another; a stop ends
 * them all. A worker that ends by itself is replaced. What systemd passed is claimed by the primary, and `listen()` in a
 * worker asks for it. Members of the definition can be added: `{ ...workerPool(), log }`.
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
