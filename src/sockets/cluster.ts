// The messages between the primary of a cluster and its workers: the primary holds the passed sockets, and Node lets a
// worker listen on a descriptor of the primary by its number.
import type { Cluster } from 'node:cluster';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Claimed } from '../cluster-channel.ts';
import { CRITERIA, type CriterionName } from './choose.ts';
import type { SocketAddress } from './kind.ts';

/** A worker asks for a socket. */
export interface BorrowRequest {
  readonly act: 'borrow';
  readonly id: number;
  readonly name: string | undefined;
  readonly want: CriterionName;
  readonly backlog: number | undefined;
  /** Whether all matching sockets are wanted, or only the first. */
  readonly all: boolean;
  /** The descriptors that this worker already has, by their original numbers. */
  readonly used: readonly number[];
}

const NAME_MAX = 255;
const USED_MAX = 4096;

/** Whether the message is a valid request. */
export function isRequest({ id, name, want, backlog, all, used }: Claimed<BorrowRequest>): boolean {
  const isName = name === undefined || (typeof name === 'string' && name.length <= NAME_MAX);
  const isBacklog = backlog === undefined || (Number.isInteger(backlog) && (backlog as number) >= 0); // by then a number
  const isUsed = Array.isArray(used) && used.length <= USED_MAX && used.every((fd) => Number.isInteger(fd));
  const isWant = typeof want === 'string' && Object.hasOwn(CRITERIA, want);
  return (
    Number.isInteger(id) && isName && isWant && isBacklog && isUsed && ['boolean', 'undefined'].includes(typeof all)
  );
}

/** The answer of the primary. */
export interface Answer {
  readonly act: 'lent';
  readonly id: number;
  readonly loans?: readonly Loan[];
  /** Why the socket cannot be lent. */
  readonly refusal?: { readonly code: string; readonly message: string };
  /** No such socket was passed: the message for a worker without a fallback. */
  readonly none?: string;
}

export interface Loan {
  /** The number in the primary, which Node needs. */
  readonly fd: number;
  /** The number that the service manager gave it. */
  readonly original: number;
  readonly name: string;
  readonly address: SocketAddress | undefined;
  readonly backlog: number;
}

/** Node's internal messages between the primary and a worker, unchanged since Node 6. */
export interface NodeMessage {
  /** `NODE_CLUSTER`. */
  readonly cmd?: string;
  readonly act?: string;
  readonly key?: string;
  readonly seq?: number;
  /** The `seq` of the message that this one answers. */
  readonly ack?: number;
}

/** The `cmd` of Node's internal messages. */
export const NODE_CLUSTER = 'NODE_CLUSTER';

/** The id of the process that holds the passed sockets and answers the workers. */
export const CLUSTER_VARIABLE = 'READYD_CLUSTER';

/**
 * Node's module, loaded late because few programs use it. The default export is the cluster itself, unlike its type.
 */
export function cluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster;
}

/** Only a worker has a channel to its parent. Loading node:cluster takes time, so check the channel first. */
export function isClusterWorker(): boolean {
  return process.connected && cluster().isWorker;
}

const CHILD = 'child_process';

/** Calls `use` when this process starts its first child: only then can it be the primary of a cluster. */
export function whenForking(use: () => void): void {
  // Bun does not publish when it starts a process.
  if (process.versions.bun !== undefined) {
    use();
    return;
  }
  const onChild = (): void => {
    unsubscribe(CHILD, onChild);
    use();
  };
  subscribe(CHILD, onChild);
}
