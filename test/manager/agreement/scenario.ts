// A scenario is data: the program of the service, its unit, the steps of the test, and the expected results. The same
// scenario runs on the stand-in and on the real systemd.
import type { ManagerOptions } from '../../../src/manager/options.ts';

/** Properties from `systemctl show`. */
export interface Observation {
  readonly active: string;
  readonly sub: string;
  readonly result: string;
  readonly reload: string;
  readonly status: string;
  readonly errno: number;
  readonly busError: string;
  /** systemd 257 and later. */
  readonly varlinkError: string;
  readonly stored: number;
  readonly restarts: number;
  /** The messages of the entries that came over the journal's own socket; only if a scenario expects them. */
  readonly journal: string;
  /** Whether there is a main process, and whether it is the program: another main process is a `sleep`. */
  readonly main: 'started' | 'other' | 'none';
}

/**
 * `start`, `reload` and `restart` wait for the end of the job and check that it succeeded, or that it failed.
 * `begin` starts and does not wait; `end` stops and does not wait; `until` waits for a result.
 */
export type Step =
  | readonly ['start' | 'reload' | 'restart', boolean]
  | readonly ['begin' | 'end' | 'stop']
  | readonly ['signal', NodeJS.Signals]
  | readonly ['sleep', number]
  | readonly ['until', Partial<Observation>];

export interface Scenario {
  readonly name: string;
  /** An ES module that has all exports of speak.js; `DIRECTORY` stands for the service's own folder. */
  readonly program: string;
  /** In place of the program. */
  readonly command?: readonly string[];
  readonly unit?: Omit<ManagerOptions, 'listen' | 'onEvent' | 'onChange'>;
  /** Sockets that are passed on, by name; each is a file in DIRECTORY. */
  readonly sockets?: Readonly<Record<string, 'stream' | 'datagram'>>;
  readonly steps: readonly Step[];
  /** The differences from a service that runs and has sent no message. */
  readonly seen: Partial<Observation>;
  /** The first systemd that has the tested feature. */
  readonly since?: number;
  /** The test must run as root. */
  readonly root?: boolean;
}

export const RUNNING: Observation = {
  active: 'active',
  sub: 'running',
  result: 'success',
  reload: 'success',
  status: '',
  errno: 0,
  busError: '',
  varlinkError: '',
  stored: 0,
  restarts: 0,
  journal: '',
  main: 'started',
};

export const DEAD = { active: 'inactive', sub: 'dead', main: 'none' } as const;

export function failed(result: string): Partial<Observation> {
  return { active: 'failed', sub: 'failed', main: 'none', result };
}

/** The actions that the stand-in and systemd share. */
export interface Subject {
  start(wait: boolean): Promise<boolean>;
  stop(wait: boolean): Promise<void>;
  restart(): Promise<boolean>;
  reload(): Promise<boolean>;
  signal(signal: NodeJS.Signals): Promise<void>;
  observe(): Promise<Observation>;
}

const PATIENCE_MS = 240_000;

export function matches(observation: Observation, wanted: Partial<Observation>): boolean {
  return Object.entries(wanted).every(([key, value]) => observation[key as keyof Observation] === value);
}

async function until(subject: Subject, wanted: Partial<Observation>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await subject.observe();
    if (matches(seen, wanted)) return;
    if (Date.now() > end) throw new Error(`never ${JSON.stringify(wanted)}, but ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

async function take(subject: Subject, step: Step): Promise<void> {
  const [what, detail] = step;
  if (what === 'begin') await subject.start(false);
  else if (what === 'end' || what === 'stop') await subject.stop(what === 'stop');
  else if (what === 'signal') await subject.signal(detail);
  else if (what === 'sleep') await new Promise((resolve) => setTimeout(resolve, detail));
  else if (what === 'until') await until(subject, detail);
  else {
    const went = await { start: () => subject.start(true), reload: subject.reload, restart: subject.restart }[
      what
    ].call(subject);
    if (went !== detail)
      throw new Error(`${what} ${went ? 'succeeds' : 'fails'}: ${JSON.stringify(await subject.observe())}`);
  }
}

/** Runs all steps, waits for the expected results, and returns the real ones. */
export async function play({ steps, seen }: Scenario, subject: Subject): Promise<Observation> {
  for (const step of steps) await take(subject, step);
  // The test then fails, and shows the real results.
  await until(subject, { ...RUNNING, ...seen }).catch(() => undefined);
  return await subject.observe();
}
