// Round-robin scheduling: the primary accepts, sends the connection to a worker, and waits until the worker confirms.
// If the worker exits before that, Node waits forever, and so does the client. No data was read from an unconfirmed
// connection, so another worker can take it.
import type { Worker } from 'node:cluster';
import { cluster, NODE_CLUSTER, type NodeMessage } from './cluster.ts';

interface Connection {
  readonly key: string | undefined;
  readonly handle: { close(): void };
}

/** The servers that each worker has requested, by Node's key. */
const served = new WeakMap<Worker, Set<string | undefined>>();
let watching = false;

/**
 * From now on, connections that an exited worker had not confirmed go to another worker. Only for servers started
 * later.
 */
export function requeueUntakenConnections(): void {
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
  // Node emits no event for the messages it sends, so this replaces send().
  const send = child.send as (
    this: unknown,
    message: NodeMessage,
    handle?: Connection['handle'],
    ...rest: []
  ) => boolean;
  const watched: typeof send = function (message, handle, ...rest) {
    if (message?.cmd === NODE_CLUSTER && message.ack !== undefined) keys.add(message.key);
    if (
      message?.cmd === NODE_CLUSTER &&
      message.act === 'newconn' &&
      handle !== undefined &&
      message.seq !== undefined
    ) {
      waiting.set(message.seq, { key: message.key, handle });
    }
    return send.call(this, message, handle, ...rest);
  };
  child.send = watched as typeof child.send;
  child.on('internalMessage', ({ cmd, ack }: NodeMessage) => {
    if (cmd === NODE_CLUSTER && ack !== undefined) waiting.delete(ack);
  });
  let disconnected = false;
  child.once('disconnect', () => {
    disconnected = true;
  });
  // The worker has exited, and all its messages have been read.
  child.once('close', () => {
    if (waiting.size === 0) return;
    // Node delays this event until the dead worker confirms the handle: cluster would keep the worker in its lists.
    if (!disconnected) child.emit('disconnect');
    for (const [seq, { key, handle }] of waiting) {
      // The answer of a worker that is about to exit: Node gives the connection to the next worker.
      if (isServedByAnother(worker, key))
        child.emit('internalMessage', { cmd: NODE_CLUSTER, ack: seq, accepted: false });
      else handle.close();
    }
  });
}

function isServedByAnother(gone: Worker, key: string | undefined): boolean {
  const others = Object.values(cluster().workers ?? {});
  return others.some((worker) => worker && worker !== gone && worker.isConnected() && served.get(worker)?.has(key));
}
