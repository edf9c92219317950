// Round-robin scheduling: the primary accepts, hands the connection to a worker, and waits for the worker's word that it
// has it. Node waits for that for ever where the worker dies in between, and the client with it. What the worker has not
// taken, nobody has read from: another worker can have it.
import type { Worker } from 'node:cluster';
import { cluster } from './cluster.ts';

/** Node's own messages between the primary and a worker, as they have been since Node 6. */
interface Internal {
  readonly cmd?: string;
  readonly act?: string;
  readonly key?: string;
  readonly seq?: number;
  /** The `seq` that is answered. */
  readonly ack?: number;
}

interface Connection {
  readonly key: string | undefined;
  readonly handle: { close(): void };
}

const CLUSTER = 'NODE_CLUSTER';

/** Which servers each worker has asked for, by Node's key. */
const served = new WeakMap<Worker, Set<string | undefined>>();
let watching = false;

/** From now on no connection is lost with a worker that has not taken it, for servers that are not started yet. */
export function keepHandedOver(): void {
  if (watching) return;
  watching = true;
  cluster().on('fork', watch);
  for (const worker of Object.values(cluster().workers ?? {})) if (worker) watch(worker);
}

function watch(worker: Worker): void {
  if (served.has(worker)) return;
  const { process: child } = worker;
  const keys = new Set<string | undefined>();
  const waiting = new Map<number, Connection>();
  served.set(worker, keys);
  // There is no event for what Node sends; send() is how it does.
  const send = child.send as (this: unknown, message: Internal, handle?: Connection['handle'], ...rest: []) => boolean;
  const watched: typeof send = function (message, handle, ...rest) {
    if (message?.cmd === CLUSTER && message.ack !== undefined) keys.add(message.key);
    if (message?.cmd === CLUSTER && message.act === 'newconn' && handle !== undefined && message.seq !== undefined) {
      waiting.set(message.seq, { key: message.key, handle });
    }
    return send.call(this, message, handle, ...rest);
  };
  child.send = watched as typeof child.send;
  child.on('internalMessage', ({ cmd, ack }: Internal) => {
    if (cmd === CLUSTER && ack !== undefined) waiting.delete(ack);
  });
  let disconnected = false;
  child.once('disconnect', () => {
    disconnected = true;
  });
  // It has ended, and all that it had said before is read.
  child.once('close', () => {
    if (waiting.size === 0) return;
    // Node puts this off, too, until the dead worker has said that it has the handle: cluster would keep it in its lists.
    if (!disconnected) child.emit('disconnect');
    for (const [seq, { key, handle }] of waiting) {
      // What a worker says that is about to leave: Node gives the connection to the next.
      if (isServedByAnother(worker, key)) child.emit('internalMessage', { cmd: CLUSTER, ack: seq, accepted: false });
      else handle.close();
    }
  });
}

function isServedByAnother(gone: Worker, key: string | undefined): boolean {
  const others = Object.values(cluster().workers ?? {});
  return others.some((worker) => worker && worker !== gone && worker.isConnected() && served.get(worker)?.has(key));
}
