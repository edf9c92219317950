// The worker's side of a cluster: asks the primary for the sockets that were passed to it.
import { hear, tellPrimary } from '../cluster-channel.ts';
import { FIRST_FD, readListenFds } from '../environment/listen-fds.ts';
import { quote, SystemdError } from '../errors.ts';
import { processWide } from '../process-mark.ts';
import { DEFAULT_BACKLOG } from './backlog.ts';
import { type Answer, type BorrowRequest, CLUSTER_VARIABLE, isClusterWorker, type Loan } from './cluster.ts';

export interface SocketRequest extends Pick<BorrowRequest, 'name' | 'want' | 'backlog' | 'all'> {
  /** Whether there is no fallback. */
  readonly required: boolean;
}

type Lend = (wanted: SocketRequest) => Promise<readonly Loan[]>;

/** The sockets that this worker has borrowed, and the order of its requests. All copies of this package share them. */
const shared = processWide(
  'cluster-worker@1',
  (): { used: Set<number>; lastId: number; lastAnswer: Promise<unknown> } => ({
    used: new Set(),
    lastId: 0,
    lastAnswer: Promise.resolve(),
  }),
);
const { used } = shared;
let lender: Lend | 'not asked' | undefined = 'not asked';

/** The function that asks the primary. Undefined outside of a worker, or if the primary was passed nothing. */
export function findLender(): Lend | undefined {
  if (lender === 'not asked') lender = lookForLender();
  return lender;
}

function lookForLender(): Lend | undefined {
  if (!isClusterWorker()) return undefined;
  if (process.env[CLUSTER_VARIABLE] === String(process.ppid)) return askPrimary;
  const { count, names } = readListenFds(process.env, { pid: process.ppid, pidfdId: () => undefined });
  const unclaimed = count === 0 ? [] : names();
  return unclaimed.length === 0 ? undefined : async (wanted) => lendUnclaimed(unclaimed, wanted);
}

/** Returns the loan of a server that did not start. */
export function returnLoan({ original }: Loan): void {
  used.delete(original);
}

// Requests run one after another: each depends on what this worker has borrowed before.
function askPrimary(wanted: SocketRequest): Promise<readonly Loan[]> {
  const answer = shared.lastAnswer.then(() => askNow(wanted));
  shared.lastAnswer = answer.catch(() => undefined);
  return answer;
}

function askNow({ required, ...wanted }: SocketRequest): Promise<readonly Loan[]> {
  shared.lastId += 1;
  const id = shared.lastId;
  if (!process.connected) return Promise.reject(primaryGone());
  return new Promise((resolve, reject) => {
    const stopHearing = hear<Answer>(
      process,
      'lent',
      (answer) => answer.id === id,
      (answer) => settle(() => resolve(accept(answer, required))),
    );
    const onGone = () => settle(() => reject(primaryGone()));
    const settle = (finish: () => void) => {
      stopHearing();
      process.off('disconnect', onGone);
      try {
        finish();
      } catch (error) {
        reject(error);
      }
    };
    process.on('disconnect', onGone);
    const request: BorrowRequest = { act: 'borrow', id, ...wanted, used: [...used] };
    tellPrimary(request, (error) => error === null || onGone());
  });
}

function primaryGone(): SystemdError {
  return new SystemdError('SD_ERR_STATE', 'the primary of the cluster is gone');
}

function accept({ loans = [], refusal, none }: Partial<Answer>, required: boolean): readonly Loan[] {
  if (refusal !== undefined) throw new SystemdError(refusal.code, refusal.message);
  for (const { original } of loans) used.add(original);
  if (loans.length === 0 && required) throw new SystemdError('SD_ERR_NO_SOCKET', none ?? 'no socket was passed');
  return loans;
}

// A primary without this package leaves the variables to its workers: they contain names and numbers, but no kinds.
// When its last worker exits, Node closes the sockets; a primary that imports this package keeps them.
function lendUnclaimed(names: readonly string[], { name, required, backlog, all }: SocketRequest): readonly Loan[] {
  const meant = [...names.keys()].filter((index) => name === undefined || names[index] === name);
  const free = meant.filter((index) => !used.has(FIRST_FD + index));
  const passed = names.map((one) => quote(one)).join(', ');
  if (meant.length === 0 && required) {
    throw new SystemdError('SD_ERR_NO_SOCKET', `no descriptor named ${quote(name)}: the cluster was passed ${passed}`);
  }
  if (new Set(free.map((index) => names[index])).size > 1) {
    throw new SystemdError('SD_ERR_AMBIGUOUS', `a name is wanted, because the cluster was passed ${passed}`);
  }
  if (meant.length > 0 && free.length === 0) {
    throw new SystemdError('SD_ERR_FD_TAKEN', `this worker has all of ${passed} that are meant`);
  }
  return (all ? free : free.slice(0, 1)).map((index) => {
    const fd = FIRST_FD + index;
    used.add(fd);
    return { fd, original: fd, name: names[index] ?? '', address: undefined, backlog: backlog ?? DEFAULT_BACKLOG };
  });
}
