// Runs in a machine: for each kind of program, writes its unit by `readyd unit` in this process, starts it, asks it, reloads it,
// restarts its socket and stops it. Reads the tasks as JSON from stdin, and writes one line of JSON for each.
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { main } from '../../../src/cli/unit.ts';
import type { Kind } from './kinds.ts';

export interface Task {
  readonly name: string;
  /** The arguments of `readyd unit`. */
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly port: number;
  readonly answers: Kind['answers'];
  readonly reload: boolean;
  readonly job: boolean;
  /** Whether the program ends by itself, or stays. */
  readonly ends: boolean;
  /** The units to start. */
  readonly service: string;
  readonly socket: string | undefined;
  /** The file of the service. */
  readonly file: string;
  /** Whether the service manager of the user runs it: user-manager.service. */
  readonly user: boolean;
}

export interface Life {
  readonly name: string;
  /** The messages of `readyd unit` and systemd after a failure. */
  readonly error?: string;
  /** `1.2`; empty for a unit of a user, which has no hardening that needs privileges. */
  readonly exposure?: string;
  /** At first, and where it has a socket, after that was restarted. */
  readonly answers?: readonly string[];
  readonly active?: string;
  readonly result?: string;
  readonly restarts?: string;
}

/** Limits a start that waits for a READY that does not come. */
const COMMAND_MAX = 60_000;
const REQUEST_MAX = 5000;

const run = promisify(execFile);
/** systemd-analyze writes much about many units. */
const OUTPUT_MAX = 64 << 20;
const execute = (file: string, args: readonly string[]) =>
  run(file, [...args], { timeout: COMMAND_MAX, maxBuffer: OUTPUT_MAX });
const AT_ONCE = 4;
const ANSWER_MAX = 90_000;
const PAUSE = 50;
const BEGIN_MAX = 2000;

/** The uid of `daemon` on each Debian. */
const USER = ['setpriv', '--reuid=1', '--regid=1', '--clear-groups', 'env', 'XDG_RUNTIME_DIR=/run/user/1'];

async function systemctl({ user }: Task, ...args: string[]): Promise<string> {
  const [file = '', ...more] = user ? [...USER, 'systemctl', '--user', ...args] : ['systemctl', ...args];
  const { stdout } = await execute(file, more);
  return stdout.trim();
}

async function show(task: Task, ...properties: string[]): Promise<string[]> {
  const shown = await systemctl(task, 'show', `--property=${properties.join(',')}`, task.service);
  const pairs = Object.fromEntries(shown.split('\n').map((line) => line.split(/=(.*)/s, 2)));
  return properties.map((name) => pairs[name] ?? '');
}

async function write(task: Task): Promise<string> {
  for (const [path, text] of Object.entries(task.files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  let said = '';
  const out = (text: string): void => {
    said += `${text}\n`;
  };
  const ask = async (): Promise<string> => '';
  const code = await main([...task.args], { cwd: '/', isInteractive: false, out, err: out, ask });
  if (code !== 0) throw new Error(`readyd unit exited with ${code}: ${said}`);
  return said;
}

/** By the name of the file, which for a template has no instance. */
async function exposuresOf(all: readonly Task[]): Promise<Map<string, string>> {
  const files = all.filter(({ user }) => !user).map(({ file }) => file);
  if (files.length === 0) return new Map();
  const { stdout } = await execute('systemd-analyze', ['security', '--offline=true', '--no-pager', ...files]);
  const found = [...stdout.matchAll(/exposure level for (\S+): (\S+)/g)];
  // A template needs an instance.
  return new Map(found.map(([, file = '', level = '']) => [file.replace(/@.*\.service$/, '@.service'), level]));
}

function overHttp(options: { socketPath: string } | { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get({ ...options, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    asked.on('error', reject);
    asked.setTimeout(REQUEST_MAX, () => asked.destroy(new Error('no answer in time')));
  });
}

function overUdp(port: number): Promise<string> {
  const socket = createSocket('udp4');
  const send = (): void => socket.send('?', port, '127.0.0.1');
  const timer = setInterval(send, 200);
  send();
  return new Promise<string>((resolve, reject) => {
    socket.once('message', (text) => resolve(String(text))).once('error', reject);
    setTimeout(reject, REQUEST_MAX, new Error('no answer in time')).unref();
  }).finally(() => {
    clearInterval(timer);
    socket.close();
  });
}

function ask({ answers, port }: Task): Promise<string> | string {
  if (answers === 'nothing') return 'ok';
  if (answers === 'udp') return overUdp(port);
  if (answers === 'port') return overHttp({ host: '127.0.0.1', port });
  if ('path' in answers) return overHttp({ socketPath: answers.path });
  const text = readFileSync(answers.file, 'utf8');
  if (text === '') throw new Error(`${answers.file} is empty`);
  return text;
}

/** systemd calls a program without READY started before it serves. */
async function answerOf(task: Task): Promise<string> {
  const end = Date.now() + ANSWER_MAX;
  for (;;) {
    try {
      return await ask(task);
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function live(task: Task): Promise<Omit<Life, 'name'>> {
  const { service, socket, job, reload } = task;
  const exposure = exposures.get(basename(task.file)) ?? '';
  const starts = socket === undefined || task.answers === 'nothing' ? service : socket;
  await systemctl(task, 'start', starts);
  const answers = [await answerOf(task)];
  if (job) return { exposure, answers, active: '', ...(await ended(task)) };
  const active = task.ends ? await settled(task) : await stateOf(task);
  if (reload) await systemctl(task, 'reload', service);
  if (socket !== undefined) {
    await systemctl(task, 'restart', socket);
    answers.push(await answerOf(task));
  }
  await systemctl(task, 'stop', ...(socket === undefined ? [] : [socket]), service);
  return { exposure, answers, active, ...(await ended(task)) };
}

/** A program may answer before it says READY. */
async function stateOf(task: Task): Promise<string> {
  const end = Date.now() + ANSWER_MAX;
  for (;;) {
    const [active = ''] = await show(task, 'ActiveState');
    if (active !== 'activating' || Date.now() > end) return active;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** A program that fails does so soon. With Type=exec, systemd calls it started before its first line has run. */
async function settled(task: Task): Promise<string> {
  const end = Date.now() + BEGIN_MAX;
  for (;;) {
    const [state = ''] = await show(task, 'ActiveState');
    if (state === 'inactive' || (state === 'active' && Date.now() > end)) return 'active';
    if (state !== 'active') throw new Error(`it is ${state}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE * 4));
  }
}

async function ended(task: Task): Promise<{ result: string; restarts: string }> {
  const [result = '', restarts = ''] = await show(task, 'Result', 'NRestarts');
  return { result, restarts };
}

async function report(task: Task, error: unknown): Promise<string> {
  const select = task.user ? [`_SYSTEMD_USER_UNIT=${task.service}`] : ['--unit', task.service];
  const { stdout } = await execute('journalctl', ['--no-pager', '--output=cat', '--lines=30', ...select]);
  return `${error instanceof Error ? error.message : String(error)}\n${stdout}`;
}

const tasks = JSON.parse(readFileSync(0, 'utf8')) as Task[]; // written by unit-kinds.test.ts
const say = (life: Life): boolean => process.stdout.write(`${JSON.stringify(life)}\n`);
const waiting: Task[] = [];
for (const task of tasks) {
  try {
    await write(task);
    waiting.push(task);
  } catch (error) {
    say({ name: task.name, error: String(error) });
  }
}
for (const user of [false, true]) {
  const one = tasks.find((task) => task.user === user);
  if (one !== undefined) await systemctl(one, 'daemon-reload');
}
const exposures = await exposuresOf(waiting);
const work = async (): Promise<void> => {
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
    const { name } = task;
    try {
      say({ name, ...(await live(task)) });
    } catch (error) {
      say({ name, error: await report(task, error) });
    }
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
