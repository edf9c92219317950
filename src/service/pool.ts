// The workers of a pool: started together, replaced on exit, reloaded one after another, stopped together.
import type { Cluster } from 'node:cluster';
import { isPrivate } from '../environment/child-env.ts';
import { POOL_VARIABLE } from '../environment/pool-worker.ts';
import { readWatchdog } from '../environment/watchdog.ts';
import { listenFds } from '../sockets/claim.ts';
import { requeueUntakenConnections } from '../sockets/cluster-handover.ts';
import { answerStoppingWorkers } from '../sockets/cluster-stop.ts';
import { sleep } from '../timer.ts';
import type { ServiceContext } from './definition.ts';
import { PoolMember } from './pool-member.ts';

/** How long a slot stays empty, in milliseconds: a worker that fails at once must not occupy a CPU. */
const REPLACE_MS = 1000;

/** How much later than its workers this process may receive a stop signal, in milliseconds. */
const SIGNAL_MS = 100;

export class Pool {
  readonly #cluster: Cluster;
  readonly #context: ServiceContext;
  readonly #env: NodeJS.ProcessEnv;
  readonly #members: PoolMember[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** In milliseconds. */
  readonly #timeout: number;
  #stopping = false;

  constructor(context: ServiceContext, env: NodeJS.ProcessEnv) {
    // Loaded late: only programs with a pool need the module.
    // (getBuiltinModule returns the default export itself, unlike its type.)
    this.#cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;
    this.#context = context;
    const usec = readWatchdog(process.env, process.pid);
    // Half of the service's timeout: the other half remains for the manager to notice.
    this.#timeout = usec === undefined ? Number.POSITIVE_INFINITY : Number(usec) / 2000;
    this.#env = { ...workerEnv(this.#timeout), ...env };
  }

  /** Resolves when all workers are ready. */
  async start(count: number): Promise<void> {
    const { signal } = this.#context;
    signal.addEventListener('abort', () => this.#order('stop'), { once: true });
    // Before the first fork: a worker's listen() decides by the environment whether it can ask a primary.
    listenFds();
    requeueUntakenConnections();
    answerStoppingWorkers();
    for (let slot = 0; slot < count; slot++) this.#members.push(this.#fork(slot));
    await Promise.all(this.#members.map(({ whenReady }) => whenReady)).catch(async (error: unknown) => {
      // A stop signal also ends workers that cannot catch it yet (KillMode=control-group). Their exit may be noticed
      // here before the signal arrives.
      await sleep(SIGNAL_MS);
      if (!signal.aborted) throw error;
    });
    for (const [slot, member] of this.#members.entries()) this.#replaceAtEnd(slot, member);
  }

  get status(): string {
    const ready = this.#members.filter((member) => member.ready).length;
    return `${ready} of ${this.#members.length} workers ready`;
  }

  /** @throws Error if a worker has exited, or its heartbeat has stopped. */
  check(): void {
    const faults = this.#members.flatMap(({ fault }) => fault ?? []);
    if (faults.length > 0) throw new Error(faults.join(', '));
  }

  /** Reloads one worker after another, so that the others handle requests meanwhile. */
  async reload(): Promise<void> {
    const errors: unknown[] = [];
    for (const member of this.#members) await member.reload().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }

  /** Resolves when all workers have exited; kills the remaining workers when `signal` is aborted. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    signal.addEventListener('abort', () => {
      for (const member of this.#members) member.kill();
    });
    this.#order('stop');
    await Promise.all(this.#members.map(({ ended }) => ended));
  }

  #order(order: 'stop'): void {
    this.#stopping = true;
    for (const member of this.#members) member.order(order);
  }

  #fork(slot: number): PoolMember {
    return new PoolMember(this.#cluster.fork(this.#env), `worker ${slot + 1}`, this.#timeout);
  }

  #replaceAtEnd(slot: number, member: PoolMember): void {
    // Also covers systemd ending all processes of the unit at once, before this process receives its signal.
    void member.ended.then(() => {
      if (this.#stopping) return;
      this.#context.log.error(`a worker is replaced: ${member.ending}`);
      const timer = setTimeout(() => this.#replace(slot, timer), REPLACE_MS);
      this.#timers.add(timer);
    });
  }

  #replace(slot: number, timer: NodeJS.Timeout): void {
    this.#timers.delete(timer);
    const member = this.#fork(slot);
    this.#members[slot] = member;
    this.#replaceAtEnd(slot, member);
    member.whenReady.then(
      () => this.#context.log.notice(`${member.name} is ready in its place`),
      () => undefined, // it exited, and its replacement is on the way
    );
  }
}

/** The manager's variables stay in the primary. Node leaves out undefined values. */
function workerEnv(timeout: number): NodeJS.ProcessEnv {
  const withheld = Object.keys(process.env).filter(isPrivate);
  return {
    ...Object.fromEntries(withheld.map((variable) => [variable, undefined])),
    [POOL_VARIABLE]: String(process.pid),
    ...(Number.isFinite(timeout) ? { WATCHDOG_USEC: String(Math.round(timeout * 1000)) } : {}),
  };
}
