// What is told of the checks: to the log once a change, to STATUS whenever the reasons are others.
import { watchdogChannel } from '../channels.ts';
import type { Finding } from './checks.ts';
import type { WatchdogLog } from './options.ts';

/** Who keeps STATUS; a failure to send one is not worth more than the status. */
export interface StatusBoard {
  /** A check has failed: this stays until `healthy`, whatever else would be shown. */
  unhealthy(status: string): void;
  /** All checks are well again. `status` says so where there is nothing else to show. */
  healthy(status: string): void;
  /** The diagnosis has written its own, and is done. */
  overwritten(): void;
}

export class Health {
  readonly #log: WatchdogLog | undefined;
  readonly #board: StatusBoard;
  readonly #unhealthy = new Set<string>();
  #status: string | undefined;

  constructor(log: WatchdogLog | undefined, board: StatusBoard) {
    this.#log = log;
    this.#board = board;
  }

  /**
   * Takes what the last run of the checks found.
   * @returns the STATUS of a service that has just become unhealthy, undefined in any other case.
   */
  update(findings: readonly Finding[]): string | undefined {
    const wasHealthy = this.#unhealthy.size === 0;
    const healed = [...this.#unhealthy].filter((name) => !findings.some((finding) => finding.name === name));
    for (const name of healed) this.#healed(name);
    for (const finding of findings) this.#found(finding);
    if (findings.length === 0) return this.#allWell(healed);
    const status = statusOf(findings);
    if (status !== this.#status) this.#board.unhealthy(status);
    this.#status = status;
    return wasHealthy ? status : undefined;
  }

  #found({ name, reason, error }: Finding): void {
    if (this.#unhealthy.has(name)) return;
    this.#unhealthy.add(name);
    if (watchdogChannel.hasSubscribers) watchdogChannel.publish({ type: 'unhealthy', check: name, reason });
    const fields = { check: name, ...(error instanceof Error && { error }) };
    this.#log?.error(`the check '${name}' is unhealthy: ${reason}`, fields);
  }

  #healed(name: string): void {
    this.#unhealthy.delete(name);
    if (watchdogChannel.hasSubscribers) watchdogChannel.publish({ type: 'healthy', check: name });
    this.#log?.notice(`the check '${name}' is healthy again`, { check: name });
  }

  #allWell(healed: readonly string[]): undefined {
    if (this.#status === undefined) return;
    this.#status = undefined;
    this.#board.healthy(`healthy again: ${healed.join(', ')}`);
  }
}

/** `unhealthy: database: no answer within 750 ms; cache: answered false` */
function statusOf(findings: readonly Finding[]): string {
  return `unhealthy: ${findings.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`;
}
