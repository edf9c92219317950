// Messages between the primary of a cluster and its workers, over Node's channel. Node reserves messages whose `cmd`
// starts with NODE_: they emit 'internalMessage' instead of the program's 'message' event, also in Bun and Deno. Node
// does not buffer them for later listeners. See "Special case" under subprocess.send() in
// https://nodejs.org/api/child_process.html
import type { Worker } from 'node:cluster';
import type { EventEmitter } from 'node:events';

const COMMAND = 'NODE_READYD';
const EVENT = 'internalMessage';

interface ChannelMessage {
  /** The kind of the message. */
  readonly act: string;
}

/** A message whose members are not validated yet. */
export type Claimed<M> = { readonly [K in keyof M]?: unknown };

/** Sends a message to the primary; `done` receives an error if the primary is gone. */
export function tellPrimary(message: ChannelMessage, done: (error: Error | null) => void): void {
  process.send?.({ cmd: COMMAND, ...message }, undefined, undefined, done);
}

/** Sends a message to a worker; ignores a worker that has exited. */
export function tellWorker(worker: Worker, message: ChannelMessage): void {
  worker.send({ cmd: COMMAND, ...message }, () => undefined);
}

/**
 * Listens to messages of one kind until the returned function is called: in a worker on `process`, in the primary on
 * `worker.process`. Ignores messages that `isValid` refuses: a worker may send anything, and must not crash the
 * primary.
 */
export function hear<M extends ChannelMessage>(
  from: EventEmitter,
  act: M['act'],
  isValid: (message: Claimed<M>) => boolean,
  handle: (message: M) => void,
): () => void {
  const onMessage = (message: unknown): void => {
    const said = Object(message) as Claimed<M> & { readonly cmd?: unknown }; // each member is looked at
    if (said.cmd === COMMAND && said.act === act && isValid(said)) handle(message as M);
  };
  from.on(EVENT, onMessage);
  return () => void from.off(EVENT, onMessage);
}
