// Lends the passed sockets to the workers of a cluster.
import type { Worker } from 'node:cluster';
import { hear, tellWorker } from '../cluster-channel.ts';
import { SystemdError } from '../errors.ts';
import { processWide } from '../process-mark.ts';
import { backlogOf, keepBacklog } from './backlog.ts';
import { CRITERIA, choose, noSocket } from './choose.ts';
import {
  type Answer,
  type BorrowRequest,
  CLUSTER_VARIABLE,
  cluster,
  isRequest,
  type Loan,
  whenForking,
} from './cluster.ts';
import { requeueUntakenConnections } from './cluster-handover.ts';
import { answerStoppingWorkers } from './cluster-stop.ts';
import type { PassedFd } from './listen-fd.ts';
import type { PassedFds } from './listen-fds.ts';
import { tellNameless } from './nameless.ts';

/** Only one copy of this package answers the workers: all copies share the claimed descriptors. */
const shared = processWide('cluster-primary@1', (): { serving: boolean } => ({ serving: false }));

/**
 * From now on, answers workers with the result of `claim`. Costs nothing in a program that starts no process. Workers
 * ask the process whose id was in the variable when they were forked.
 */
export function serveWorkers(claim: () => PassedFds): void {
  if (shared.serving) return;
  shared.serving = true;
  process.env[CLUSTER_VARIABLE] = String(process.pid);
  whenForking(() => listenToWorkers(claim));
  answerStoppingWorkers();
}

function listenToWorkers(claim: () => PassedFds): void {
  const backlogs = new Map<PassedFd, number>();
  cluster().on('fork', (worker: Worker) => {
    hear<BorrowRequest>(worker.process, 'borrow', isRequest, (request) => {
      requeueUntakenConnections();
      const reply = answer(claim, backlogs, request);
      // Another copy of this package in this process may have claimed the socket, and the first answer counts.
      if (reply.none === undefined) tellWorker(worker, reply);
      else setImmediate(tellWorker, worker, reply);
    });
  });
  // Node starts the one server of all workers in this process, and ignores the backlog.
  cluster().on('listening', () => {
    for (const [passed, backlog] of backlogs) keepBacklog(passed, backlog);
  });
}

function answer(claim: () => PassedFds, backlogs: Map<PassedFd, number>, request: BorrowRequest): Answer {
  const { id, name, want, used, backlog, all: every } = request;
  const reply = { act: 'lent', id } as const;
  try {
    const all = claim();
    const wanted = CRITERIA[want];
    const isFree = (passed: PassedFd) => !used.includes(passed.fd) && (!passed.taken || passed.isWithCluster);
    const choice = choose(all, name, wanted, isFree);
    if (choice === undefined) return { ...reply, none: noSocket(all, name, wanted).message };
    tellNameless(choice);
    const chosen = every ? choice.passed : choice.passed.slice(0, 1);
    return { ...reply, loans: chosen.map((passed) => lendWith(backlogs, passed, backlog)) };
  } catch (error) {
    if (!(error instanceof SystemdError)) throw error;
    return { ...reply, refusal: { code: error.code, message: error.message } };
  }
}

function lendWith(backlogs: Map<PassedFd, number>, passed: PassedFd, wanted: number | undefined): Loan {
  const backlog = wanted ?? backlogs.get(passed) ?? backlogOf(passed);
  backlogs.set(passed, backlog);
  const { name, address } = passed;
  return { fd: passed.lendToCluster(), original: passed.fd, name, address, backlog };
}
