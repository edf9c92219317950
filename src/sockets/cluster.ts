// What the primary of a cluster and its workers say to each other: the primary holds what was passed, and Node lets a
// worker listen on a descriptor of the primary by its number.
import type { Cluster } from 'node:cluster';
import type { Claimed } from '../cluster-channel.ts';
import { WANTED, type Want } from './choose.ts';
import type { SocketAddress } from './kind.ts';

/** A worker asks for a socket. */
export interface Request {
  readonly act: 'borrow';
  readonly id: number;
  readonly name: string | undefined;
  readonly want: Want;
  readonly backlog: number | undefined;
  /** Whether all that match are wanted, and not the first alone. */
  readonly all: boolean;
  /** What this worker has already, by its first number. */
  readonly used: readonly number[];
}

const NAME_MAX = 255;
const USED_MAX = 4096;

/** Whether it is what a worker with this package asks. */
export function isRequest({ id, name, want, backlog, all, used }: Claimed<Request>): boolean {
  const isName = name === undefined || (typeof name === 'string' && name.length <= NAME_MAX);
  const isBacklog = backlog === undefined || (Number.isInteger(backlog) && (backlog as number) >= 0); // by then a number
  const isUsed = Array.isArray(used) && used.length <= USED_MAX && used.every((fd) => Number.isInteger(fd));
  const isWant = typeof want === 'string' && Object.hasOwn(WANTED, want);
  return (
    Number.isInteger(id) && isName && isWant && isBacklog && isUsed && ['boolean', 'undefined'].includes(typeof all)
  );
}

/** What the primary answers. */
export interface Answer {
  readonly act: 'lent';
  readonly id: number;
  readonly loans?: readonly Loan[];
  /** Why nobody can have it. */
  readonly refusal?: { readonly code: string; readonly message: string };
  /** Nothing like it was passed: what to say where there is no fallback. */
  readonly none?: string;
}

export interface Loan {
  /** The number in the primary, for Node. */
  readonly fd: number;
  /** The number that the service manager gave it. */
  readonly original: number;
  readonly name: string;
  readonly address: SocketAddress | undefined;
  readonly backlog: number;
}

/** Names the process that has claimed what was passed, so that a worker knows whom to ask, and that it will answer. */
export const CLUSTER_VARIABLE = 'READYD_CLUSTER';

/** Node's module, loaded late: few programs use it. (It is the default export itself, whatever the types say.) */
export function cluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster;
}
