// The steps of the end: drains the servers, and stops the workers of a cluster.
import type { Worker } from 'node:cluster';
import type { Server } from 'node:net';
import { replace } from '../replace.ts';
import { drainServer } from '../service/drain.ts';
import { cluster } from '../sockets/cluster.ts';
import { closeClusterHandles, primaryAccepts, receiveConnections } from '../sockets/cluster-stop.ts';
import type { LateJournal } from './late-journal.ts';

export interface EndSteps {
  readonly log: LateJournal;
  /** In milliseconds. */
  readonly timeout: number;
  /** Whether this process notifies the service manager: cluster workers do not. */
  readonly speaks: boolean;
  /** Whether this process is a worker of a cluster, which gets its connections from the primary. */
  readonly isWorker: boolean;
  /** The servers that listen. */
  servers(): readonly Server[];
  /** Called when the stop begins: READY must no longer be sent. */
  begin(): void;
}

/** Answers what the servers have accepted, and accepts nothing else. */
export async function drainServers(steps: EndSteps): Promise<void> {
  const { timeout, isWorker } = steps;
  if (isWorker) await receiveConnections();
  const servers = steps.servers();
  const drained = servers.map((server) => {
    // For other protocols only the program knows what a complete answer is.
    if (!speaksHttp(server)) server.close();
    const done = speaksHttp(server)
      ? drainServer(server, { timeout, force: false, awaitUpgraded: false })
      : Promise.resolve();
    closeQuietly(server);
    return done;
  });
  closeClusterHandles();
  await Promise.all(drained);
  // Until then a worker refuses connections, and the primary gives them to another worker.
  if (isWorker) await primaryAccepts();
}

/** HTTP/1 and HTTP/2. */
function speaksHttp(server: Server): boolean {
  return 'closeIdleConnections' in server || 'updateSettings' in server;
}

/** The program closes its servers itself: suppresses the error for a server that was already closed here. */
function closeQuietly(server: Server): void {
  replace(server, 'close', (original: (this: Server, callback?: (error?: NodeJS.ErrnoException) => void) => Server) => {
    return function (this: Server, callback) {
      if (typeof callback !== 'function') return original.call(this);
      return original.call(this, (error) => {
        if (error?.code === 'ERR_SERVER_NOT_RUNNING') callback();
        else callback(error);
      });
    };
  });
}

/** Cluster workers exit with their primary, even in the middle of work: so they must stop first. */
export async function endWorkers(signal: NodeJS.Signals, timeout: number): Promise<void> {
  // Empty if no process was started, or none by node:cluster.
  const workers = Object.values(cluster().workers ?? {}).filter((worker): worker is Worker => worker !== undefined);
  if (workers.length === 0) return;
  const gone = workers.map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
  for (const worker of workers) worker.process.kill(signal);
  const late = new Promise<void>((resolve) => setTimeout(resolve, timeout).unref());
  await Promise.race([Promise.all(gone), late]);
}
