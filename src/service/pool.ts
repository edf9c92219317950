// The workers of a pool: started together, replaced when one ends, reloaded one after another, stopped together.
import type { Cluster } from 'node:cluster';
import { isPrivate } from '../environment/child-env.ts';
import { POOL_VARIABLE } from '../environment/pool-worker.ts';
import { readWatchdog } from '../environment/watchdog.ts';
import { listenFds } from '../sockets/claim.ts';
import { keepHandedOver } from '../sockets/cluster-handover.ts';
import type { ServiceContext } from './definition.ts';
import { PoolMember } from './pool-member.ts';

/** How long a slot stays empty, in milliseconds: a worker that fails at once must not keep a processor busy. */
const REPLACE_MS = 1000;

/** How much later than its workers this process may hear of a stop, in milliseconds. */
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
    // Nobody who has no pool pays for loading the module.
    // (This way it is the default export itself, whatever the types say.)
    this.#cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;
    this.#context = context;
    const usec = readWatchdog(process.env, process.pid);
    // Half of the service's own: one half to find out, the other for the manager to hear of it.
    this.#timeout = usec === undefined ? Number.POSITIVE_INFINITY : Number(usec) / 2000;
    this.#env = { ...workerEnv(this.#timeout), ...env };
  }

  /** Resolves when all are ready. */
  async start(count: number): Promise<void> {
    const { signal } = this.#context;
    signal.addEventListener('abort', () => this.#order('stop'), { once: true });
    // Before the first fork, which finds out by it whether there is somebody to ask: listen() in a worker does.
    listenFds();
    keepHandedOver();
    for (let slot = 0; slot < count; slot++) this.#members.push(this.#fork(slot));
    await Promise.all(this.#members.map(({ whenReady }) => whenReady)).catch(async (error: unknown) => {
      // A stop in between also ends those that have not come so far as to hear of it (KillMode=control-group), and their
      // end may be known here before the signal is.
      await new Promise((resolve) => setTimeout(resolve, SIGNAL_MS));
      if (!signal.aborted) throw error;
    });
    for (const [slot, member] of this.#members.entries()) this.#replaceAtEnd(slot, member);
  }

  get status(): string {
    const ready = this.#members.filter((member) => member.ready).length;
    return `${ready} of ${this.#members.length} workers ready`;
  }

  /** @throws Error where a worker is gone, or its heartbeat. */
  check(): void {
    const faults = this.#members.flatMap(({ fault }) => fault ?? []);
    if (faults.length > 0) throw new Error(faults.join(', '));
  }

  /** One after another: the others take the requests meanwhile. */
  async reload(): Promise<void> {
    const errors: unknown[] = [];
    for (const member of this.#members) await member.reload().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }

  /** Resolves when all workers have exited; kills the rest when `signal` is aborted. */
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
    // Also where systemd ends all processes of the unit at once, and this one hears of it last.
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
      () => undefined, // it ended, and the next is on its way
    );
  }
}

/** The manager's own variables stay with the primary. Node leaves out what is undefined. */
function workerEnv(timeout: number): NodeJS.ProcessEnv {
  const withheld = Object.keys(process.env).filter(isPrivate);
  return {
    ...Object.fromEntries(withheld.map((variable) => [variable, undefined])),
    [POOL_VARIABLE]: String(process.pid),
    ...(Number.isFinite(timeout) ? { WATCHDOG_USEC: String(Math.round(timeout * 1000)) } : {}),
  };
}
