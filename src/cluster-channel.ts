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

/** A message that may not be what it says it is. */
export type Claimed<M> = { readonly [K in keyof M]?: unknown };

/** Says something to the primary; `done` is told an error where the primary is gone. */
export function tellPrimary(message: Message, done: (error: Error | null) => void): void {
  process.send?.({ cmd: COMMAND, ...message }, undefined, undefined, done);
}

/** Says something to a worker; one that is gone misses nothing. */
export function tellWorker(worker: Worker, message: Message): void {
  worker.send({ cmd: COMMAND, ...message }, () => undefined);
}

/**
 * Hears the messages of one kind until the returned function is called: in a worker from `process`, in the primary from
 * `worker.process`. What `isValid` refuses is not heard: a worker may send anything, and must not end the primary by it.
 */
export function hear<M extends Message>(
  from: EventEmitter,
  act: M['act'],
  isValid: (message: Claimed<M>) => boolean,
  heed: (message: M) => void,
): () => void {
  const onMessage = (message: unknown): void => {
    const said = Object(message) as Claimed<M> & { readonly cmd?: unknown }; // each member is looked at
    if (said.cmd === COMMAND && said.act === act && isValid(said)) heed(message as M);
  };
  from.on(EVENT, onMessage);
  return () => void from.off(EVENT, onMessage);
}
