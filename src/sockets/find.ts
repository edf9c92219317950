// Finds the wanted sockets in this process, or in a cluster worker among those of the primary.
import { backlogOf, keepBacklog } from './backlog.ts';
import { type Choice, CRITERIA, choose, noSocket } from './choose.ts';
import { passedFds } from './claim.ts';
import { findLender, returnLoan, type SocketRequest } from './cluster-worker.ts';
import type { SocketAddress } from './kind.ts';
import type { PassedFd } from './listen-fd.ts';
import { tellNameless } from './nameless.ts';
import { listeningStandardInput } from './standard-input.ts';

/** A socket that was taken. */
export interface FoundSocket {
  /** The number for Node; in a worker, the number in the primary. */
  readonly fd: number;
  readonly name: string;
  /** Undefined also if a worker cannot know it. */
  readonly address: SocketAddress | undefined;
  readonly backlog: number;
  /** Call this if the socket could not be used. */
  readonly giveBack: () => void;
  /** Call this once a server listens on it. */
  readonly keepBacklog: () => void;
}

/**
 * Finds and takes the sockets. Empty if none was passed and there is a fallback.
 * @throws as `choose`, and SystemdError `SD_ERR_NO_SOCKET`; in a worker it rejects.
 */
export function find(request: SocketRequest, owner: string): readonly FoundSocket[] | Promise<readonly FoundSocket[]> {
  const lend = findLender();
  return lend === undefined
    ? findHere(request, owner)
    : lend(request).then((loans) =>
        // The primary sets the backlog.
        loans.map((loan) => ({ ...loan, giveBack: () => returnLoan(loan), keepBacklog: () => {} })),
      );
}

export function findHere(request: SocketRequest, owner: string): readonly FoundSocket[] {
  const passed = chooseHere(request);
  const taken: FoundSocket[] = [];
  try {
    for (const one of request.all ? passed : passed.slice(0, 1)) taken.push(take(one, request.backlog, owner));
  } catch (error) {
    for (const found of taken) found.giveBack();
    throw error;
  }
  return taken;
}

function chooseHere({ name, want, required }: SocketRequest): readonly PassedFd[] {
  const all = passedFds();
  const choice: Choice | undefined = choose(all, name, CRITERIA[want]);
  if (choice !== undefined) {
    tellNameless(choice);
    return choice.passed;
  }
  const stdin = all.length === 0 && want === 'listener' ? listeningStandardInput() : undefined;
  if (stdin !== undefined) return [stdin];
  if (required) throw noSocket(all, name, CRITERIA[want]);
  return [];
}

function take(passed: PassedFd, wanted: number | undefined, owner: string): FoundSocket {
  const { name, address } = passed;
  const backlog = wanted ?? (passed.listening ? backlogOf(passed) : 0);
  return {
    fd: passed.take(owner),
    name,
    address,
    backlog,
    giveBack: () => passed.giveBack(),
    keepBacklog: () => keepBacklog(passed, backlog),
  };
}
