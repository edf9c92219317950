// The checks that a sign of life depends on, run side by side.
import { quote } from '../errors.ts';
import { readError } from '../journal/error-chain.ts';
import { countDown } from './patience.ts';
import { duration } from './stall-report.ts';

export type CheckFunction = (signal: AbortSignal) => unknown;

/** Why a check is unhealthy. */
export interface Finding {
  readonly name: string;
  readonly reason: string;
  /** What it threw or rejected with, where that is why. */
  readonly error?: unknown;
}

export class Checks {
  readonly #checks: readonly Check[];

  constructor(checks: Readonly<Record<string, CheckFunction>>) {
    this.#checks = Object.entries(checks).map(([name, work]) => new Check(name, work));
  }

  /** Runs all of them, each for at most so many milliseconds, and resolves to the unhealthy ones. Never rejects. */
  async run(ms: number): Promise<Finding[]> {
    const findings = await Promise.all(this.#checks.map((check) => check.run(ms)));
    return findings.filter((finding) => finding !== undefined);
  }

  /** Aborts what runs. */
  stop(): void {
    for (const check of this.#checks) check.stop();
  }
}

class Check {
  readonly #name: string;
  readonly #work: CheckFunction;
  /** Of the run that has not settled yet. */
  #controller: AbortController | undefined;
  /** What is known of it, once its time is over. */
  #overdue: Finding | undefined;

  constructor(name: string, work: CheckFunction) {
    this.#name = name;
    this.#work = work;
  }

  /** One that has not settled is not started a second time: a hanging database does not get a new query at every beat. */
  run(ms: number): Promise<Finding | undefined> {
    if (this.#overdue !== undefined) return Promise.resolve(this.#overdue);
    const controller = new AbortController();
    this.#controller = controller;
    return new Promise((resolve) => {
      const cancel = countDown(ms, () => resolve(this.#outlasted(controller, ms)));
      void this.#judge(controller.signal).then((finding) => {
        cancel();
        this.#controller = undefined;
        this.#overdue = undefined;
        resolve(finding);
      });
    });
  }

  #outlasted(controller: AbortController, ms: number): Finding {
    const reason = `no answer within ${duration(ms)}`;
    this.#overdue = { name: this.#name, reason };
    controller.abort(new DOMException(`the check '${this.#name}' took too long: ${reason}`, 'TimeoutError'));
    return this.#overdue;
  }

  async #judge(signal: AbortSignal): Promise<Finding | undefined> {
    try {
      return (await this.#work(signal)) === false ? { name: this.#name, reason: 'answered false' } : undefined;
    } catch (error) {
      return { name: this.#name, reason: reasonOf(error), error };
    }
  }

  stop(): void {
    this.#controller?.abort(new DOMException('the watchdog was stopped', 'AbortError'));
  }
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return `threw ${quote(error)}`;
  const { message, code, name } = readError(error);
  // That of a refused connection to several addresses has a code only.
  return message || String(code ?? name);
}
