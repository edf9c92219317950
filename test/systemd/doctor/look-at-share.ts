// Runs in a machine: brings a share of the set-ups to their states, and runs the doctor on each in this process, so that Node
// starts only once. Reads the tasks as JSON from stdin, and writes one line of JSON for each.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { main } from '../../../src/cli/doctor.ts';

export interface Task {
  readonly name: string;
  readonly unit: string;
  /** A property, and a regular expression for its value. */
  readonly until: readonly [property: string, value: string];
  /** A command for a shell, run once then. */
  readonly act: string | undefined;
  readonly thenUntil: readonly [property: string, value: string] | undefined;
  readonly ask: string;
  /** A finding that may come later than the state. */
  readonly finds: string | undefined;
}

export interface Look {
  readonly name: string;
  readonly text: string;
}

type Properties = Readonly<Record<string, string | undefined>>;

/** How long a unit may take to come to its state, and a finding to come after that. */
const STATE_MAX = 60_000;
const FINDING_MAX = 15_000;
/** How many units start at the same time. A slow one does not delay the others. */
const STARTS_MAX = 4;
const STARTS_TIME = 3000;
const PAUSE = 200;

interface Running {
  readonly task: Task;
  readonly since: number;
  hasActed: boolean;
  thereSince?: number;
}

function statesOf(units: readonly string[]): Properties[] {
  const args = ['show', '--property=Id,LoadState,ActiveState,SubState,StatusText,Job', '--', ...units];
  const blocks = spawnSync('systemctl', args, { encoding: 'utf8' }).stdout.trimEnd().split('\n\n');
  return blocks.map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/=(.*)/s, 2))));
}

/** An inactive unit may also be waiting for its start. */
function isThere(state: Properties, [property, value]: readonly [string, string]): boolean {
  const waits = state.ActiveState === 'inactive' && !['', '0', undefined].includes(state.Job);
  return !waits && new RegExp(value).test(state[property] ?? '');
}

async function askDoctor(name: string): Promise<string> {
  let text = '';
  const { write } = process.stdout;
  const { error } = console;
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  console.error = (line: string) => {
    text += `${line}\n`;
  };
  try {
    await main([name]);
  } finally {
    process.stdout.write = write;
    console.error = error;
  }
  return text;
}

/** Undefined if it does not exist yet. */
async function lookAt(running: Running, state: Properties): Promise<string | undefined> {
  const { task, since } = running;
  const until = running.hasActed ? task.thenUntil : task.until;
  if (until !== undefined && running.thereSince === undefined && !isThere(state, until)) {
    if (Date.now() - since < STATE_MAX) return undefined;
    return `${until[0]} is '${state[until[0]]}', not ${until[1]}\n${await askDoctor(task.ask)}`;
  }
  if (task.act !== undefined && !running.hasActed) {
    spawnSync('sh', ['-c', task.act], { stdio: 'ignore' });
    running.hasActed = true;
    if (task.thenUntil !== undefined) return undefined;
  }
  running.thereSince ??= Date.now();
  const text = await askDoctor(task.ask);
  const isEarly = task.finds !== undefined && !text.includes(`(${task.finds})`);
  return isEarly && Date.now() - running.thereSince < FINDING_MAX ? undefined : text;
}

async function lookAtAll(tasks: readonly Task[]): Promise<void> {
  const waiting = [...tasks];
  let all: Running[] = [];
  while (waiting.length > 0 || all.length > 0) {
    const young = all.filter(({ since }) => Date.now() - since < STARTS_TIME);
    for (const task of waiting.splice(0, Math.max(0, STARTS_MAX - young.length))) {
      spawnSync('systemctl', ['start', '--no-block', task.unit], { stdio: 'ignore' });
      all.push({ task, since: Date.now(), hasActed: false });
    }
    const states = statesOf(all.map(({ task }) => task.unit));
    const left: Running[] = [];
    for (const [index, running] of all.entries()) {
      const text = await lookAt(running, states[index] ?? {});
      if (text === undefined) left.push(running);
      else process.stdout.write(`${JSON.stringify({ name: running.task.name, text } satisfies Look)}\n`);
    }
    if (left.length === all.length) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    all = left;
  }
}

await lookAtAll(JSON.parse(readFileSync(0, 'utf8')) as readonly Task[]); // written by set-up.ts
