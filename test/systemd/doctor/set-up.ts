// A service that is set up in a way that the doctor is asked about.
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
  /** In place of `NODE SCRIPT`. */
  readonly exec?: string;
  /** Lines of [Unit]. */
  readonly unit?: string;
  /** More files, by path; what has no slash is a unit. */
  readonly files?: Readonly<Record<string, string>>;
  /** Units that are started before it. */
  readonly before?: readonly string[];
  /** Until when to wait before the doctor looks. */
  readonly until: readonly [property: string, value: RegExp];
  /** What is run then, by a shell; `UNIT` is the name of the unit. */
  readonly act?: string;
  /** And until when to wait after that. */
  readonly thenUntil?: readonly [property: string, value: RegExp];
  /** What the doctor is asked for; the unit by default. */
  readonly ask?: string;
  /** The doctor may run before the program shows its fault, so the test runs the doctor until it finds this. */
  readonly finds?: string;
  /** It has all of systemd read the unit files once more, which changes what others see. */
  readonly alone?: boolean;
  /** The first systemd on which it is to be seen, and the first on which it is not. */
  readonly since?: number;
  readonly upTo?: number;
}

export const READY = `await readyd.ready('serving');\n${STAY}`;
export const ACTIVE = ['ActiveState', /^active$/] as const;
export const STARTING = ['SubState', /^start$/] as const;
export const FAILED = ['ActiveState', /^failed$/] as const;
export const INACTIVE = ['ActiveState', /^inactive$/] as const;

/** Not in the checkout, which a user of systemd's cannot read below the home of root. */
const readyd = `${PACKAGE}/dist/index.js`;
let command: string[];
let looker: string;

export async function bundle(): Promise<void> {
  [command, looker] = await Promise.all([
    bundleCommand('doctor', 'table'),
    bundleModule('../test/systemd/doctor/look-at-share.ts', 'doctor-table'),
  ]);
}

/** Writes the files of all, at once, and starts what others need. */
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
    // However long the whole table takes.
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

/** So many processes look at the set-ups; each asks the doctor of one after the other. */
const SHARES = 3;
const LOOK_TIMEOUT = 450_000;

/** What the doctor says of each, by name: starts them, brings each to where the doctor is asked, and asks. */
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

/** Without what differs from one run to the next. */
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
