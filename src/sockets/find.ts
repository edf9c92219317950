// Finds the socket that is meant: among those of this process, or in a cluster among those of the primary.
import { backlogOf, keepBacklog } from './backlog.ts';
import { choose, noSocket, WANTED } from './choose.ts';
import { passedFds } from './claim.ts';
import { findLender, returnLoan, type Wish } from './cluster-worker.ts';
import type { SocketAddress } from './kind.ts';

/** A socket, which has been taken. */
export interface Found {
  /** For Node: in a worker the number that it has in the primary. */
  readonly fd: number;
  /** Undefined also where a worker cannot know it. */
  readonly address: SocketAddress | undefined;
  readonly backlog: number;
  /** For who could not use it. */
  readonly giveBack: () => void;
  /** For who listens on it now. */
  readonly keepBacklog: () => void;
}

/**
 * Undefined where none was passed and something else can be used.
 * @throws as `choose`, and SystemdError `SD_ERR_NO_SOCKET`; in a worker it rejects.
 */
export function find(wish: Wish, owner: string): Found | undefined | Promise<Found | undefined> {
  const lend = findLender();
  return lend === undefined
    ? findHere(wish, owner)
    : lend(wish).then((loan) => {
        if (loan === undefined) return undefined;
        // The primary looks after the backlog.
        return { ...loan, giveBack: () => returnLoan(loan), keepBacklog: () => {} };
      });
}

export function findHere({ name, want, backlog: wanted, required }: Wish, owner: string): Found | undefined {
  const all = passedFds();
  const passed = choose(all, name, WANTED[want]);
  if (passed === undefined) {
    if (required) throw noSocket(all, name, WANTED[want]);
    return undefined;
  }
  const { address } = passed;
  const backlog = wanted ?? (passed.listening ? backlogOf(passed) : 0);
  return {
    fd: passed.take(owner),
    address,
    backlog,
    giveBack: () => passed.giveBack(),
    keepBacklog: () => keepBacklog(passed, backlog),
  };
}
