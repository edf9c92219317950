// The stop of a cluster: the manager sends SIGTERM to the primary and to the workers at the same time. The primary may
// have accepted a connection that a worker has not received yet, and only a worker that still accepts can serve it. So
// a worker asks the primary first; Node's channel keeps the order, so connections arrive before the answer.
import type { Worker } from 'node:cluster';
import type { Server } from 'node:net';
import { type Claimed, hear, tellPrimary, tellWorker } from '../cluster-channel.ts';
import { isPoolWorker } from '../environment/pool-worker.ts';
import { processWide } from '../process-mark.ts';
import { replace } from '../replace.ts';
import { CLUSTER_VARIABLE, cluster, isClusterWorker, NODE_CLUSTER, type NodeMessage, whenForking } from './cluster.ts';

interface StopRequest {
  readonly act: 'stop';
}

interface StopAnswer {
  readonly act: 'stop answered';
  /** Whether the primary still accepts connections: this worker stops alone. */
  readonly accepts: boolean;
}

interface ListeningHandle {
  /** Negative after close(). */
  readonly fd: number;
  close(...args: unknown[]): unknown;
}

/** How long a worker waits for an answer, in milliseconds: the primary may be busy. */
const ANSWER_MS = 1000;

/** The state of the primary. All copies of this package share it. */
const primary = processWide(
  'cluster-stop@1',
  (): { answers: boolean; stopping: boolean; handles: Set<ListeningHandle> } => ({
    answers: false,
    stopping: false,
    /** Node's listening handles for all workers, which have no server in this process. */
    handles: new Set(),
  }),
);

/** For a primary: answers the workers that stop. Costs nothing in a program that starts no process. */
export function answerStoppingWorkers(): void {
  if (primary.answers) return;
  primary.answers = true;
  whenForking(() => {
    cluster().once('fork', watchHandles);
    cluster().on('fork', (worker: Worker) => {
      // Node handles a signal after the messages of the same turn of the event loop.
      hear<StopRequest>(
        worker.process,
        'stop',
        () => true,
        () => void setImmediate(answer, worker),
      );
    });
  });
}

function answer(worker: Worker): void {
  if (primary.stopping) closeClusterHandles();
  const message: StopAnswer = { act: 'stop answered', accepts: !primary.stopping };
  tellWorker(worker, message);
}

/** From now on, this process stops: it accepts no more connections when the first worker stops, too. */
export function noteStop(): void {
  primary.stopping = true;
}

/** Stops accepting connections for the workers. Clients of a passed socket wait in its queue. */
export function closeClusterHandles(): void {
  for (const handle of primary.handles) handle.close();
}

/** The servers that have not started yet. */
const starting = new WeakSet<Server>();

/** Node starts one server for all workers when the first of them listens, and takes its handle. */
function watchHandles(): void {
  const { Server: NetServer } = process.getBuiltinModule('node:net');
  replace(NetServer.prototype, 'listen', (original: (this: Server, ...args: unknown[]) => unknown) => {
    return function (...args) {
      // A program may call listen() again and again until a port is free.
      if (!starting.has(this)) this.prependOnceListener('listening', onListening);
      starting.add(this);
      return Reflect.apply(original, this, args);
    };
  });
}

function onListening(this: Server): void {
  starting.delete(this);
  const { _handle: handle } = this as unknown as { readonly _handle?: ListeningHandle | null };
  if (handle) process.nextTick(keepIfTaken, this, handle);
}

function keepIfTaken(server: object, handle: ListeningHandle): void {
  // A server that was closed at once has no handle either.
  if (Reflect.get(server, '_handle') !== null || handle.fd < 0) return;
  primary.handles.add(handle);
  const { close } = handle;
  handle.close = (...args) => {
    primary.handles.delete(handle);
    return Reflect.apply(close, handle, args);
  };
}

/** Whether this process is a worker whose primary answers. */
export function isAnsweredWorker(): boolean {
  const isAnswered = isPoolWorker() || process.env[CLUSTER_VARIABLE] === String(process.ppid);
  return isAnswered && isClusterWorker();
}

/** For a worker: resolves when no connection that the primary has accepted can be on its way to this process. */
export async function receiveConnections(): Promise<void> {
  let received = 0;
  const count = ({ cmd, act }: NodeMessage): void => {
    if (cmd === NODE_CLUSTER && act === 'newconn') received += 1;
  };
  process.on('internalMessage', count);
  for (let before = -1; before < received && process.connected; ) {
    before = received;
    if (await primaryAccepts()) break;
  }
  process.off('internalMessage', count);
}

/** Resolves when the primary has answered, after all connections that it had sent. */
export function primaryAccepts(): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (accepts: boolean): void => {
      clearTimeout(timer);
      stop();
      process.off('disconnect', gone);
      resolve(accepts);
    };
    const gone = (): void => settle(false);
    const timer = setTimeout(gone, ANSWER_MS);
    const stop = hear<StopAnswer>(process, 'stop answered', isAnswer, ({ accepts }) => settle(accepts));
    process.once('disconnect', gone);
    tellPrimary({ act: 'stop' }, (error) => {
      if (error !== null) gone();
    });
  });
}

function isAnswer({ accepts }: Claimed<StopAnswer>): boolean {
  return typeof accepts === 'boolean';
}
