// Asks systemctl, journalctl and /proc. It decides nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { native } from '../../native.ts';
import { commandOf, type Facts, type Message, type ProcessFacts, type Properties, THIS_PROCESS } from './facts.ts';
import { readOwn } from './own.ts';
import { attempt, pidsOf, readProcess, serviceOf } from './processes.ts';

/** The name of a unit, or undefined for the one that this process is part of; `user` for the manager of this user. */
export interface Request {
  readonly unit: string | undefined;
  readonly user: boolean;
}

export function gather(request: Request): Facts {
  const service = serviceOf('self');
  // A terminal belongs to a service, too: that of the user's manager, or of a container. What it started has a variable.
  const inside = request.unit === undefined && process.env.INVOCATION_ID !== undefined && service !== undefined;
  const name = request.unit ?? (inside ? service : undefined);
  const shown = name === undefined ? undefined : show(request, name);
  // Its own may be another manager's, that of a user or of the machine around a container.
  const unit = inside && shown?.LoadState === 'not-found' ? undefined : shown;
  const own = unit === undefined && request.unit === undefined ? readOwn() : undefined;
  const starter = own?.ancestors?.find((pid) => `${pid}` === process.env.SYSTEMD_EXEC_PID);
  const mainPid = Number(unit?.MainPID ?? (inside ? (starter ?? '0') : '0'));
  const pids = new Set([...(mainPid > 0 ? [mainPid] : []), ...pidsOf(unit?.ControlGroup ?? '')]);
  pids.delete(process.pid);
  const processes = [...pids].map(readProcess).filter((one) => one !== undefined);
  return {
    subject: name ?? THIS_PROCESS,
    unit,
    own,
    written: written(unit),
    sockets: unit === undefined ? [] : socketsOf(request, name ?? '', unit),
    processes,
    mainPid,
    messages: unit === undefined ? [] : messagesOf(request, name ?? '', unit),
    program: programOf(unit, processes),
    standIn: process.env.READYD_JOURNAL_SOCKET !== undefined,
    addonFault: addonFault(unit, processes),
  };
}

/** What a command prints; undefined where it fails or does not answer. */
function ask(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, [...args], {
      encoding: 'utf8',
      timeout: 10_000,
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function show({ user }: Request, name: string): Properties | undefined {
  const text = ask('systemctl', [...(user ? ['--user'] : []), 'show', '--no-pager', '--', name]);
  if (text === undefined || text === '') return undefined;
  const pairs = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]));
}

function written(unit: Properties | undefined): string {
  const paths = [unit?.FragmentPath ?? '', ...(unit?.DropInPaths ?? '').split(' ')].filter((path) => path !== '');
  return paths.map((path) => attempt(() => readFileSync(path, 'utf8')) ?? '').join('\n');
}

function socketsOf(request: Request, name: string, unit: Properties): Facts['sockets'] {
  const known = (unit.TriggeredBy ?? '').split(' ').filter((one) => one.endsWith('.socket'));
  const names = new Set([...known, name.replace(/\.service$/, '.socket')]);
  return [...names].flatMap((socket) => {
    const properties = show(request, socket);
    if (properties?.LoadState !== 'loaded') return [];
    return [{ name: socket, active: properties.ActiveState === 'active' }];
  });
}

const LINES = '300';

function messagesOf({ user }: Request, name: string, unit: Properties): Message[] {
  const select = user ? ['--user', '--user-unit'] : ['--unit'];
  const args = ['--output=json', '--all', '--no-pager', '--quiet', '--lines', LINES, ...select, name];
  const lines = (ask('journalctl', args) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const entry = JSON.parse(line) as Record<string, unknown>; // journalctl's documented output
    const fromManager = entry.UNIT !== undefined || entry.USER_UNIT !== undefined;
    const run = entry.INVOCATION_ID ?? entry.USER_INVOCATION_ID ?? entry._SYSTEMD_INVOCATION_ID;
    return { text: textOf(entry.MESSAGE), fromManager, current: run === undefined || run === unit.InvocationID };
  });
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return Array.isArray(message) && typeof message[0] === 'number' ? Buffer.from(message as number[]).toString() : '';
}

const PROGRAM_MAX = 4 << 20;

/** The script among the words of a command, of the youngest process first: what is above it may be npm, a script too. */
function programOf(unit: Properties | undefined, processes: readonly ProcessFacts[]): Facts['program'] {
  const commands = [...processes.map(({ argv }) => argv).reverse(), unit === undefined ? [] : commandOf(unit)];
  const folder = unit?.WorkingDirectory ?? '/';
  for (const word of commands.flat()) {
    if (!/\.[cm]?[jt]s$/.test(word) || /\/(npm|npx|yarn|pnpm)\//.test(word)) continue;
    const path = isAbsolute(word) ? word : join(folder, word);
    const text = attempt(() => (statSync(path).size < PROGRAM_MAX ? readFileSync(path, 'utf8') : undefined));
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** Tried here, with the variable that the service has. */
function addonFault(unit: Properties | undefined, processes: readonly ProcessFacts[]): string | undefined {
  const written = /(?:^| )READYD_NATIVE=(\S+)/.exec(unit?.Environment ?? '')?.[1];
  const override = processes.find(({ env }) => env?.READYD_NATIVE !== undefined)?.env?.READYD_NATIVE ?? written;
  if (override !== undefined) process.env.READYD_NATIVE = override;
  try {
    native();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
