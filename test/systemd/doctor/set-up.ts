// A service that a test sets up, and on which it runs the doctor.
import { bundleCommand, bundleModule } from '../../cli/bundle.ts';
import { packageRoot } from '../boot.ts';
import type { Machine } from '../machine.ts';
import { copyPackage, PACKAGE, STAY } from '../service.ts';
import type { Look, Task } from './look-at-share.ts';

export interface SetUp {
  /** An ES module; `readyd` is everything that the package exports. Sends READY and stays by default. */
  readonly script?: string;
  /** Lines of [Service]; Type=notify unless they say otherwise. `NODE`, `SCRIPT` and `ROOT` stand for paths. */
  readonly service?: string;
  /** The command of ExecStart=; `NODE SCRIPT` by default. */
  readonly exec?: string;
  /** Lines of [Unit]. */
  readonly unit?: string;
  /** More files, by path; a path without a slash is a unit. */
  readonly files?: Readonly<Record<string, string>>;
  /** Units to start before this one. */
  readonly before?: readonly string[];
  /** The state to wait for before the doctor runs. */
  readonly until: readonly [property: string, value: RegExp];
  /** A shell command to run in that state; `UNIT` is the name of the unit. */
  readonly act?: string;
  /** The state to wait for after that command. */
  readonly thenUntil?: readonly [property: string, value: RegExp];
  /** The argument of the doctor; the unit by default. */
  readonly ask?: string;
  /** The doctor may run before the program shows its fault, so the test runs the doctor until it finds this. */
  readonly finds?: string;
  /** Makes systemd read all unit files again, which affects the other set-ups. */
  readonly alone?: boolean;
  /** The first systemd that shows the fault, and the first that no longer shows it. */
  readonly since?: number;
  readonly upTo?: number;
}

export const READY = `await readyd.ready('serving');\n${STAY}`;
export const ACTIVE = ['ActiveState', /^active$/] as const;
export const STARTING = ['SubState', /^start$/] as const;
export const FAILED = ['ActiveState', /^failed$/] as const;
export const INACTIVE = ['ActiveState', /^inactive$/] as const;

/** Outside of the checkout: a user of systemd cannot read a checkout below the home of root. */
const readyd = `${PACKAGE}/dist/index.js`;
let command: string[];
let looker: string;

export async function bundle(): Promise<void> {
  [command, looker] = await Promise.all([
    bundleCommand('doctor', 'table'),
    bundleModule('../test/systemd/doctor/look-at-share.ts', 'doctor-table'),
  ]);
}

/** Writes the files of all set-ups together, and starts the units that others need. */
export async function installAll(machine: Machine, all: Readonly<Record<string, SetUp>>): Promise<void> {
  await copyPackage(machine);
  const files: Record<string, string> = {};
  const early: string[] = [];
  for (const [name, given] of Object.entries(all)) {
    Object.assign(files, filesOf(name, given));
    early.push(...(given.before ?? []));
  }
  const script = `const fs = require('fs'), path = require('path');
    for (const [file, text] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8')))) {
      fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text);
    }`;
  await machine.exec(process.execPath, ['-e', script], { input: JSON.stringify(files), check: true });
  await machine.systemctl('daemon-reload');
  if (early.length > 0) await machine.exec('systemctl', ['start', ...early]);
}

export function unitOf(name: string): string {
  return `${name}.service`;
}

function filesOf(name: string, given: SetUp): Record<string, string> {
  const script = `/srv/${name}.mjs`;
  const fill = (text: string) =>
    text.replaceAll('SCRIPT', script).replaceAll('NODE', process.execPath).replaceAll('ROOT', packageRoot());
  const service = given.service ?? '';
  const lines = [
    ...(given.unit === undefined ? [] : ['[Unit]', given.unit]),
    '[Service]',
    ...(/^Type=/m.test(service) ? [] : ['Type=notify']),
    // Longer than the whole table takes on any machine.
    ...(/^TimeoutStartSec=/m.test(service) ? [] : ['TimeoutStartSec=infinity']),
    ...(given.exec === '' ? [] : [`ExecStart=${fill(given.exec ?? 'NODE SCRIPT')}`]),
    fill(service),
    '',
  ];
  const more = Object.entries(given.files ?? {}).map(([path, text]) => {
    return [path.startsWith('/') ? path : `/run/systemd/system/${path}`, fill(text)] as const;
  });
  return {
    [script]: `import * as readyd from '${readyd}';\n${fill(given.script ?? READY)}\n`,
    [`/run/systemd/system/${unitOf(name)}`]: lines.join('\n'),
    ...Object.fromEntries(more),
  };
}

/** The number of processes that run the doctor, each on one set-up after the other. */
const SHARES = 3;
const LOOK_TIMEOUT = 450_000;

/** Starts the set-ups, brings each to its state, and runs the doctor. Returns the findings by name. */
export async function lookAt(
  machine: Machine,
  all: Readonly<Record<string, SetUp | undefined>>,
): Promise<Map<string, string>> {
  const tasks = Object.entries(all).flatMap(([name, given]) => (given === undefined ? [] : taskOf(name, given)));
  const shares = Array.from({ length: SHARES }, (_, share) => tasks.filter((_, index) => index % SHARES === share));
  const outputs = await Promise.all(
    shares.map(async (share) => {
      const input = JSON.stringify(share);
      return await machine.exec(process.execPath, [looker], { input, check: true, timeout: LOOK_TIMEOUT });
    }),
  );
  const lines = outputs.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
  const looks = lines.map((line) => JSON.parse(line) as Look); // written by look-at-share.ts
  return new Map(looks.map(({ name, text }) => [name, plain(text)]));
}

function taskOf(name: string, given: SetUp): Task {
  const unit = unitOf(name);
  const pair = (given: SetUp['thenUntil']) => given && ([given[0], given[1].source] as const);
  return {
    name,
    unit,
    until: [given.until[0], given.until[1].source],
    act: given.act?.replaceAll('UNIT', unit),
    thenUntil: pair(given.thenUntil),
    ask: given.ask ?? unit,
    finds: given.finds,
  };
}

export async function doctor(machine: Machine, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await machine.exec(process.execPath, [...command, ...args]);
  return stdout + stderr;
}

/** Removes the parts that differ from one run to the next. */
function plain(text: string): string {
  return text
    .replaceAll(process.execPath, 'NODE')
    .replaceAll(packageRoot(), 'ROOT')
    .replaceAll(readyd, 'READYD')
    .replaceAll(/\b(process|PID|child|pid|of) \d+\b/g, '$1 PID')
    .replaceAll(/\((\d+)\)/g, '(PID)')
    .replaceAll(/(LISTEN_PID(?:=| is )|the program is process )\d+/g, '$1PID')
    .trimEnd();
}
