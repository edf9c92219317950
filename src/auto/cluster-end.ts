// The end of a cluster: the manager sends SIGTERM to the primary and to the workers at the same time. The primary may
// have accepted a connection that a worker has not received yet, and only a worker that still accepts can serve it. So
// a worker asks the primary first; Node's channel keeps the order, so connections arrive before the answer.
import type { Worker } from 'node:cluster';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { type Claimed, hear, tellPrimary, tellWorker } from '../cluster-channel.ts';
import { cluster } from '../sockets/cluster.ts';

interface StopRequest {
  readonly act: 'stop';
}

interface StopAnswer {
  readonly act: 'stop answered';
  /** Whether the primary still accepts connections: this worker stops alone. */
  readonly accepts: boolean;
}

const CHILD = 'child_process';
/** How long a worker waits for an answer, in milliseconds: the primary may be busy. */
const ANSWER_MS = 1000;

/** Answers the workers of this process. Costs nothing in a program that starts no process. */
export function answerWorkers(accepts: () => boolean): void {
  const onChild = (): void => {
    unsubscribe(CHILD, onChild);
    cluster().on('fork', (worker: Worker) => {
      hear<StopRequest>(
        worker.process,
        'stop',
        () => true,
        // Node handles a signal after the messages of the same turn of the event loop.
        () => void setImmediate(() => tellWorker(worker, { act: 'stop answered', accepts: accepts() } as StopAnswer)),
      );
    });
  };
  subscribe(CHILD, onChild);
}

/** For a worker: resolves when no accepted connection can be on its way to these servers. */
export async function receiveConnections(servers: readonly Server[]): Promise<void> {
  let received = 0;
  const count = (): void => {
    received += 1;
  };
  for (const server of servers) server.on('connection', count);
  for (let before = -1; before < received && process.connected; ) {
    before = received;
    if (await primaryAccepts()) break;
  }
  for (const server of servers) server.off('connection', count);
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
