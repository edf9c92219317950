// One worker of a pool, in the primary. It uses the protocol of a service, and the primary is its manager.
import type { Worker } from 'node:cluster';
import { hear, tellWorker } from '../cluster-channel.ts';
import { SystemdError } from '../errors.ts';
import type { PoolMessage } from '../notify/pool-sender.ts';
import type { FollowMessage, OrderMessage, PoolOrder } from './pool-link.ts';

/** How long a worker may take to load its program and send its first message. */
const BOOT_MS = 30_000;
/** Limit for a message: it must fit into one datagram to a manager. */
const LINES_MAX = 4096;

interface Settlers {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export class PoolMember {
  readonly name: string;
  /** Resolves when the worker is ready; rejects if it exits before that. */
  readonly whenReady: Promise<void>;
  readonly ended: Promise<void>;
  /** Text that explains its exit. */
  ending = '';
  readonly #worker: Worker;
  #ready = false;
  #gone = false;
  #status = '';
  /** The time within which it must send a watchdog ping, from $WATCHDOG_USEC; Infinity without a watchdog. */
  #timeout: number;
  #deadline = performance.now() + BOOT_MS;
  #reloading: Settlers | undefined;
  #reloadSeen = false;
  #follows = false;
  /** An order that waits until the worker can receive it. */
  #order: PoolOrder | undefined;
  #settleReady: Settlers | undefined;

  constructor(worker: Worker, name: string, timeout: number) {
    this.#worker = worker;
    this.#timeout = timeout;
    this.name = `${name} (pid ${worker.process.pid ?? 'none'})`;
    this.whenReady = new Promise((done, failed) => {
      this.#settleReady = { done, failed };
    });
    // Without this, a rejection that no caller awaits would be unhandled; the exit is reported separately.
    this.whenReady.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#end(signal ?? `exit code ${code}`);
        resolve();
      });
    });
    const isLines = ({ lines }: { lines?: unknown }) => typeof lines === 'string' && lines.length <= LINES_MAX;
    hear<PoolMessage>(worker.process, 'notify', isLines, ({ lines }) => this.#hear(lines));
    const follow = (): void => {
      this.#follows = true;
      if (this.#order !== undefined) this.order(this.#order);
    };
    hear<FollowMessage>(worker.process, 'follow', () => true, follow);
    worker.on('error', () => undefined); // an order was sent after the worker had exited
  }

  get ready(): boolean {
    return this.#ready && !this.#gone;
  }

  /** Why the worker counts as unhealthy; undefined if it is healthy. */
  get fault(): string | undefined {
    if (this.#gone) return `${this.name} has ended`;
    const late = performance.now() - this.#deadline;
    if (late <= 0) return undefined;
    return `${this.name} gives no sign of life${this.#status === '' ? '' : `; its status is: ${this.#status}`}`;
  }

  order(order: PoolOrder): void {
    const message: OrderMessage = { act: 'order', order };
    if (!this.#follows) this.#order = order;
    else if (this.#worker.isConnected()) tellWorker(this.#worker, message);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  /** Resolves when the worker has reloaded; rejects with the worker's own explanation if it fails. */
  reload(): Promise<void> {
    return new Promise((done, failed) => {
      if (!this.ready) return failed(new SystemdError('SD_ERR_STATE', `${this.name} is not there to reload`));
      this.#reloadSeen = false;
      this.#reloading = { done, failed };
      this.order('reload');
    });
  }

  #hear(lines: string): void {
    const said = new Map(lines.split('\n').map((line) => assignment(line)));
    const status = said.get('STATUS');
    if (status !== undefined) this.#status = status.replaceAll('\\\\', '\\');
    if (said.has('RELOADING')) this.#reloadSeen = true;
    if (said.has('READY')) this.#isReady(status);
    this.#keepTime(said);
  }

  #isReady(status: string | undefined): void {
    this.#ready = true;
    this.#settleReady?.done();
    this.#deadline = performance.now() + this.#timeout;
    if (!this.#reloadSeen) return;
    const failed = status?.startsWith('reload failed') === true;
    if (failed) this.#reloading?.failed(new Error(`${this.name}: ${this.#status}`));
    else this.#reloading?.done();
    this.#reloading = undefined;
  }

  /** Applies the manager's watchdog rules; values in messages are microseconds. */
  #keepTime(said: ReadonlyMap<string, string>): void {
    const now = performance.now();
    const extended = Number(said.get('EXTEND_TIMEOUT_USEC') ?? 0) / 1000 || 0;
    this.#deadline = Math.max(this.#deadline, now + extended);
    const usec = said.get('WATCHDOG_USEC');
    if (usec !== undefined) this.#timeout = Number(usec) / 1000 || Number.POSITIVE_INFINITY;
    if (usec !== undefined || said.get('WATCHDOG') === '1') this.#deadline = now + this.#timeout;
    if (said.get('WATCHDOG') === 'trigger') this.#deadline = Number.NEGATIVE_INFINITY;
  }

  #end(how: string): void {
    this.#gone = true;
    const why = this.#status === '' ? '' : `; its last status was: ${this.#status}`;
    this.ending = `${this.name} ended with ${how}${why}`;
    const error = new Error(this.ending);
    this.#settleReady?.failed(error);
    this.#reloading?.failed(error);
  }
}

function assignment(line: string): [key: string, value: string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
