// What the primary of a cluster and its workers say to each other, over the channel that Node has between them. A message
// whose `cmd` begins with NODE_ is Node's own: no 'message' event of the program's, but an 'internalMessage', in Bun and in
// Deno, too. And Node keeps none of them for who listens later.
// See "Special case" under subprocess.send() in https://nodejs.org/api/child_process.html
import type { Worker } from 'node:cluster';
import type { EventEmitter } from 'node:events';

const COMMAND = 'NODE_READYD';
const EVENT = 'internalMessage';

interface Message {
  /** Which of them it is. */
  readonly act: string;
}

/** Says something to the primary; `done` is told an error where the primary is gone. */
export function tellPrimary(message: Message, done: (error: Error | null) => void): void {
  process.send?.({ cmd: COMMAND, ...message }, undefined, undefined, done);
}

/** Says something to a worker; one that is gone misses nothing. */
export function tellWorker(worker: Worker, message: Message): void {
  worker.send({ cmd: COMMAND, ...message }, () => undefined);
}

/** Hears the messages of one kind until the returned function is called: in a worker from `process`, in the primary from `worker.process`. */
export function hear<M extends Message>(from: EventEmitter, act: M['act'], heed: (message: M) => void): () => void {
  const onMessage = (message: unknown): void => {
    const said = message as { readonly cmd?: unknown; readonly act?: unknown }; // by Node an object, and maybe its own
    if (said.cmd === COMMAND && said.act === act) heed(message as M);
  };
  from.on(EVENT, onMessage);
  return () => void from.off(EVENT, onMessage);
}
