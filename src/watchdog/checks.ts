// Runs the health checks in parallel; the watchdog ping depends on them.
import { quote } from '../errors.ts';
import { readError } from '../journal/error-facts.ts';
import { limitRunTime } from './run-time-limit.ts';
import { duration } from './stall-report.ts';

export type CheckFunction = (signal: AbortSignal) => unknown;

/** Why a check is unhealthy. */
export interface UnhealthyCheck {
  readonly name: string;
  readonly reason: string;
  /** The error, if the check threw or rejected. */
  readonly error?: unknown;
}

export class Checks {
  readonly #checks: readonly Check[];

  constructor(checks: Readonly<Record<string, CheckFunction>>) {
    this.#checks = Object.entries(checks).map(([name, work]) => new Check(name, work));
  }

  /** Runs all checks, each for at most `ms` milliseconds, and resolves to the unhealthy ones. Never rejects. */
  async run(ms: number): Promise<UnhealthyCheck[]> {
    const findings = await Promise.all(this.#checks.map((check) => check.run(ms)));
    return findings.filter((finding) => finding !== undefined);
  }

  /** Aborts the running checks. */
  stop(): void {
    for (const check of this.#checks) check.stop();
  }
}

class Check {
  readonly #name: string;
  readonly #work: CheckFunction;
  /** The run that has not settled yet. */
  #run: Run | undefined;

  constructor(name: string, work: CheckFunction) {
    this.#name = name;
    this.#work = work;
  }

  /**
   * A check that has not settled is not started again: a hanging database does not get a new query at every ping, nor
   * after a change of the watchdog timeout.
   */
  run(ms: number): Promise<UnhealthyCheck | undefined> {
    if (this.#run !== undefined) return this.#run.within(ms);
    const run = new Run(this.#name);
    this.#run = run;
    const answer = run.within(ms);
    void this.#judge(run.signal).then((finding) => {
      this.#run = undefined;
      run.settle(finding);
    });
    return answer;
  }

  async #judge(signal: AbortSignal): Promise<UnhealthyCheck | undefined> {
    try {
      return (await this.#work(signal)) === false ? { name: this.#name, reason: 'answered false' } : undefined;
    } catch (error) {
      return { name: this.#name, reason: reasonOf(error), error };
    }
  }

  stop(): void {
    this.#run?.abort(new DOMException('the watchdog was stopped', 'AbortError'));
  }
}

/** One run of a check: all callers that wait for it get the same answer. */
class Run {
  readonly #name: string;
  readonly #controller = new AbortController();
  readonly #answer: Promise<UnhealthyCheck | undefined>;
  #resolve: (finding: UnhealthyCheck | undefined) => void = () => undefined;
  #stopClock = (): number => 0;
  /** The counted time when the limit was last set, in milliseconds. */
  #spent = 0;
  #over = false;

  constructor(name: string) {
    this.#name = name;
    this.#answer = new Promise((resolve) => (this.#resolve = resolve));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Replaces the time limit: `ms` milliseconds from the start of the run. */
  within(ms: number): Promise<UnhealthyCheck | undefined> {
    if (this.#over) return this.#answer;
    this.#spent += this.#stopClock();
    this.#stopClock = limitRunTime(Math.max(1, ms - this.#spent), () => this.#outlasted(ms));
    return this.#answer;
  }

  #outlasted(ms: number): void {
    const reason = `no answer within ${duration(ms)}`;
    this.#over = true;
    this.#resolve({ name: this.#name, reason });
    this.abort(new DOMException(`the check '${this.#name}' took too long: ${reason}`, 'TimeoutError'));
  }

  /** Ends the run with this finding; has no effect after the timeout. */
  settle(finding: UnhealthyCheck | undefined): void {
    this.#stopClock();
    this.#resolve(finding);
  }

  abort(reason: DOMException): void {
    this.#controller.abort(reason);
  }
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return `threw ${quote(error)}`;
  const { message, code, name } = readError(error);
  // The error of a connection refused at several addresses has a code but no message.
  return message || String(code ?? name);
}
