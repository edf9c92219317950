// Asks systemctl, journalctl and /proc. It decides nothing.
import { execFileSync } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { native } from '../../native.ts';
import { readRegularFile } from '../../regular-file.ts';
import { commandOf, type Facts, type Message, type Properties, THIS_PROCESS } from './facts.ts';
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
    program: programOf(unit),
    standIn: process.env.READYD_JOURNAL_SOCKET !== undefined,
    addonFault: addonFault(),
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

const UNIT_MAX = 1 << 20;

function written(unit: Properties | undefined): string {
  const paths = [unit?.FragmentPath ?? '', ...(unit?.DropInPaths ?? '').split(' ')].filter((path) => path !== '');
  return paths.map((path) => attempt(() => readRegularFile(path, UNIT_MAX).toString()) ?? '').join('\n');
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
    const fromManager = isManager(entry);
    // Only what systemd says of another can be believed: a service may write any field without a `_` before it.
    const told = fromManager ? (entry.INVOCATION_ID ?? entry.USER_INVOCATION_ID) : undefined;
    const run = told ?? entry._SYSTEMD_INVOCATION_ID;
    return { text: textOf(entry.MESSAGE), fromManager, current: run === undefined || run === unit.InvocationID };
  });
}

/** By fields that journald itself adds: the process 1, the manager of a user, or what either has forked to start a program. */
function isManager({ _PID, _EXE, _SYSTEMD_USER_UNIT }: Record<string, unknown>): boolean {
  const binary = typeof _EXE === 'string' && /^(\/usr)?\/lib\/systemd\/systemd(-executor)?$/.test(_EXE);
  return _PID === '1' || (binary && (_SYSTEMD_USER_UNIT === 'init.scope' || _SYSTEMD_USER_UNIT === undefined));
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return Array.isArray(message) && typeof message[0] === 'number' ? Buffer.from(message as number[]).toString() : '';
}

const PROGRAM_MAX = 4 << 20;

/**
 * The script among the words of `ExecStart=`. The arguments of its processes are not looked at: a process may choose them,
 * and with them a file that only root may read, or that never ends.
 */
function programOf(unit: Properties | undefined): Facts['program'] {
  const folder = unit?.WorkingDirectory ?? '/';
  for (const word of unit === undefined ? [] : commandOf(unit)) {
    if (!/\.[cm]?[jt]s$/.test(word) || /\/(npm|npx|yarn|pnpm)\//.test(word)) continue;
    const path = isAbsolute(word) ? word : join(folder, word);
    const text = attempt(() => readRegularFile(path, PROGRAM_MAX).toString());
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/**
 * Whether the addon of this package loads here. Never the one that READYD_NATIVE of a service names: who writes that
 * variable would have root run what is in that file.
 */
function addonFault(): string | undefined {
  try {
    native();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
