// Reports the state of the checks: to the log once per change, to STATUS whenever the reasons change.
import { watchdogChannel } from '../channels.ts';
import type { UnhealthyCheck } from './checks.ts';
import type { WatchdogLog } from './options.ts';

/** The owner of STATUS. A failure to send it is ignored. */
export interface StatusBoard {
  /** A check has failed: shows this text until `healthy`, instead of any other status. */
  unhealthy(status: string): void;
  /** All checks are healthy again. Shows `status` if there is no other text. */
  healthy(status: string): void;
  /** The diagnosis has overwritten STATUS and is done. */
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
   * Processes the findings of the last round of checks.
   * @returns the STATUS of a service that has just become unhealthy; undefined otherwise.
   */
  update(findings: readonly UnhealthyCheck[]): string | undefined {
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

  #found({ name, reason, error }: UnhealthyCheck): void {
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
function statusOf(findings: readonly UnhealthyCheck[]): string {
  return `unhealthy: ${findings.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`;
}
