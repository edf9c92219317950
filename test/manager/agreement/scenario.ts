// A scenario is data: what the service does, how its unit is set up, what is done to it, and what is to be seen then. One
// and the same runs on the stand-in and on the real systemd.
import type { ManagerOptions } from '../../../src/manager/options.ts';

/** What `systemctl show` tells. */
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
  /** The entries that came over the journal's own socket, by their messages; looked at only where a scenario wants it. */
  readonly journal: string;
  /** Whether there is a main process, and whether it is the program: where it is another one, that is a `sleep`. */
  readonly main: 'started' | 'other' | 'none';
}

/**
 * `start`, `reload` and `restart` wait for the end of the job and hold that it went well, or that it did not.
 * `begin` starts and does not wait; `end` stops and does not wait; `until` waits for what is to be seen.
 */
export type Step =
  | readonly ['start' | 'reload' | 'restart', boolean]
  | readonly ['begin' | 'end' | 'stop']
  | readonly ['signal', NodeJS.Signals]
  | readonly ['sleep', number]
  | readonly ['until', Partial<Observation>];

export interface Scenario {
  readonly name: string;
  /** An ES module with everything of speak.js at hand; `DIRECTORY` is a folder of its own. */
  readonly program: string;
  /** In place of the program. */
  readonly command?: readonly string[];
  readonly unit?: Omit<ManagerOptions, 'listen' | 'onEvent' | 'onChange'>;
  /** Sockets that are passed on, by name; each is a file in DIRECTORY. */
  readonly sockets?: Readonly<Record<string, 'stream' | 'datagram'>>;
  readonly steps: readonly Step[];
  /** What is otherwise than with a service that runs and has said nothing. */
  readonly seen: Partial<Observation>;
  /** The systemd that brought what is looked at. */
  readonly since?: number;
  /** It has to be root. */
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

/** Something that both can be asked to do. */
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

/** Goes through all steps, waits for what is expected, and returns what is to be seen then. */
export async function play({ steps, seen }: Scenario, subject: Subject): Promise<Observation> {
  for (const step of steps) await take(subject, step);
  // The failure of the test shows what there is instead.
  await until(subject, { ...RUNNING, ...seen }).catch(() => undefined);
  return await subject.observe();
}
