// The processes of a service, from /proc. What may not be read is left out: a doctor need not be root.
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { parseJournalStream } from '../../environment/journal-stream.ts';
import type { ProcessFacts } from './facts.ts';

const SIGHUP = 1n;
const CGROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];

/** The pids in a control group, as `ControlGroup` of a unit names it. */
export function pidsOf(controlGroup: string): number[] {
  if (controlGroup === '') return [];
  const texts = CGROUPS.map((mount) => attempt(() => readFileSync(`${mount}${controlGroup}/cgroup.procs`, 'utf8')));
  const text = texts.find((one) => one !== undefined && one !== '') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/** Where systemd has its socket. A process may write anything else there: its own variables are in its own memory. */
const MANAGER = /^\/run\/(user\/\d+\/)?systemd\/notify$/;

/** The unit that a process belongs to: the last service in the path of its control group. */
export function serviceOf(pid: number | 'self'): string | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? '';
  return text.match(/[^/\n]+\.service(?=\/|\n|$)/g)?.at(-1);
}

/** The processes above one, the nearest first, without process 1; undefined where /proc hides one of them (hidepid=). */
export function ancestorsOf(pid: number): number[] | undefined {
  const found: number[] = [];
  for (let at = pid; ; ) {
    const status = attempt(() => readFileSync(`/proc/${at}/status`, 'utf8'));
    if (status === undefined) return undefined;
    at = Number(fieldOf(status, 'PPid'));
    if (at <= 1) return found;
    found.push(at);
  }
}

function fieldOf(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';
}

/** Without the NUL characters at the end, of which a process may have written any number over its arguments. */
function withoutEnd(argv: string): string {
  let end = argv.length;
  while (end > 0 && argv.charCodeAt(end - 1) === 0) end -= 1;
  return argv.slice(0, end);
}

/** Undefined for one that is gone. */
export function readProcess(pid: number): ProcessFacts | undefined {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const argv = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  if (status === undefined || argv === undefined) return undefined;
  const field = (name: string) => fieldOf(status, name);
  const env = readEnvironment(pid);
  return {
    pid,
    parent: Number(field('PPid')),
    argv: withoutEnd(argv).split('\0'),
    executable: basename((attempt(() => readlinkSync(`/proc/${pid}/exe`)) ?? '').replace(/ \(deleted\)$/, '')),
    env,
    handlesHangup: (BigInt(`0x${field('SigCgt')}`) & SIGHUP) !== 0n || (BigInt(`0x${field('SigIgn')}`) & SIGHUP) !== 0n,
    onJournal: isOnJournal(pid, env?.JOURNAL_STREAM),
    seesManager: MANAGER.test(env?.NOTIFY_SOCKET ?? '') ? sees(pid, env?.NOTIFY_SOCKET ?? '') : undefined,
    seesJournal: env === undefined ? undefined : sees(pid, '/run/systemd/journal/socket'),
  };
}

function readEnvironment(pid: number): Record<string, string> | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
  if (text === undefined) return undefined;
  const entries = text.split('\0').filter((entry) => entry.includes('='));
  return Object.fromEntries(entries.map((entry) => [entry.replace(/=.*/s, ''), entry.replace(/^[^=]*=/, '')]));
}

function isOnJournal(pid: number, text: string | undefined): boolean {
  const stream = parseJournalStream(text);
  if (stream === undefined) return false;
  // Not by stat(2), which asks the file system of a file: a process may have one of its own, which need not answer.
  const socket = `socket:[${stream.inode}]`;
  return [1, 2].some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === socket);
}

/** As the process sees it, which may have file systems of its own. */
function sees(pid: number, path: string): boolean | undefined {
  const root = `/proc/${pid}/root`;
  if (!existsSync(`${root}/`)) return undefined;
  const stat = attempt(() => lstatSync(`${root}${path}`));
  // What InaccessiblePaths= puts in the place of a socket is one that nobody may use.
  return stat?.isSocket() === true && (stat.mode & 0o777) !== 0;
}

/** Undefined for what may not be read, or is gone. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
