// The whole life cycle of a service in one call.
import { isMainThread } from '../environment/main-thread.ts';
import { SystemdError } from '../errors.ts';
import { journal } from '../journal/create-journal.ts';
import { checkDefinition, type ServiceDefinition } from './definition.ts';
import { endProcess } from './end-process.ts';
import { Life } from './life.ts';
import { missingAddon } from './missing-addon.ts';
import { runningService } from './running.ts';

/**
 * Runs a service from start to exit. It catches SIGHUP, SIGTERM and SIGINT, calls `start`, and sends READY. While the
 * service runs, it sends the watchdog pings and the status, and on SIGHUP calls `reload`, with the reload handshake. On
 * SIGTERM or SIGINT it sends STOPPING, calls `stop`, waits until the journal and the service manager have received
 * everything, and ends the process. A second SIGTERM ends the process at once in a terminal, and is only logged under a
 * manager. While `start`, `reload` and `stop` work, the manager's deadline is extended.
 *
 * A failed `start` or `stop`, and an uncaught error, are reported in STATUS, ERRNO and the journal, and the process
 * ends with exit code 1. Off systemd the steps are the same, without the messages. The service also stops when Node has
 * nothing left to do, unless `keepAlive` is set.
 *
 * @returns a promise that resolves when the service has stopped, whether or not it failed: see the exit code.
 * @example
 * ```ts
 * await service({
 *   async start() {
 *     const server = createServer(handler);
 *     await listen(server, { name: 'web', fallback: 8080 });
 *     return server;
 *   },
 *   stop: (server) => drain(server),
 * });
 * ```
 * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown or missing member, or one of a wrong type.
 * @throws (rejects) SystemdError `SD_ERR_STATE`: a service is already running, or this is a worker thread.
 * @see daemon(7), systemd.service(5), sd_notify(3)
 */
export async function service<T>(definition: ServiceDefinition<T>): Promise<void> {
  const own = checkDefinition(definition);
  if (!isMainThread())
    throw new SystemdError('SD_ERR_STATE', 'a service has the main thread: signals arrive nowhere else');
  if (runningService.running)
    throw new SystemdError('SD_ERR_STATE', 'a service runs already: there is one in a process');
  const log = journal(own.log);
  runningService.running = true;
  try {
    const failure = missingAddon();
    if (failure !== undefined) {
      log.error(`the service cannot start: ${failure}`);
      await log.close();
      endProcess(log, { failed: true, hasStop: false });
      return;
    }
    await new Life(own, log).run();
  } finally {
    runningService.running = false;
  }
}
