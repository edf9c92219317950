// The processes of a service, from /proc. Leaves out unreadable files, because the doctor may run without root.
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { parseJournalStream } from '../../environment/journal-stream.ts';
import { readRegularFile } from '../../regular-file.ts';
import type { ProcessFacts } from './facts.ts';

const SIGHUP = 1n;
const CGROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];

/**
 * How many processes of a service the doctor examines, the oldest ones, and how much of the arguments and variables of
 * each. A hostile service may have thousands of processes, each with megabytes.
 */
const PROCESSES_MAX = 32;
const BYTES_MAX = 32 * 1024;

export function readProcesses(mainPid: number, controlGroup: string): ProcessFacts[] {
  return examined(mainPid, pidsOf(controlGroup))
    .map(readProcess)
    .filter((one) => one !== undefined);
}

/** The main process first, without this process. */
export function examined(mainPid: number, pids: readonly number[]): number[] {
  const others = pids.filter((pid) => pid !== mainPid).toSorted((a, b) => a - b);
  const all = [...(mainPid > 0 ? [mainPid] : []), ...others];
  return all.filter((pid) => pid !== process.pid).slice(0, PROCESSES_MAX);
}

/** The pids of a control group; `ControlGroup` of a unit contains its path. */
function pidsOf(controlGroup: string): number[] {
  if (controlGroup === '') return [];
  const texts = CGROUPS.map((mount) => attempt(() => readFileSync(`${mount}${controlGroup}/cgroup.procs`, 'utf8')));
  const text = texts.find((one) => one !== undefined && one !== '') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/** The paths of systemd's socket. Other values are not trusted: a process controls its own variables. */
const MANAGER = /^\/run\/(user\/\d+\/)?systemd\/notify$/;

/** The unit of a process: the last service in the path of its control group. */
export function serviceOf(pid: number | 'self'): string | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? '';
  return text.match(/[^/\n]+\.service(?=\/|\n|$)/g)?.at(-1);
}

/** The ancestors of a process, nearest first, without process 1; undefined if /proc hides one of them (hidepid=). */
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
  const argv = attempt(() => readRegularFile(`/proc/${pid}/cmdline`, BYTES_MAX).toString());
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
  const text = attempt(() => readRegularFile(`/proc/${pid}/environ`, BYTES_MAX).toString());
  if (text === undefined) return undefined;
  const entries = text.split('\0').filter((entry) => entry.includes('='));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

function isOnJournal(pid: number, text: string | undefined): boolean {
  const stream = parseJournalStream(text);
  if (stream === undefined) return false;
  // Not with stat(2), which asks the file's file system: a process may have mounted one that does not answer.
  const socket = `socket:[${stream.inode}]`;
  return [1, 2].some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === socket);
}

/** Looks at the path as the process sees it, with its own mounts. */
function sees(pid: number, path: string): boolean | undefined {
  const root = `/proc/${pid}/root`;
  if (!existsSync(`${root}/`)) return undefined;
  const stat = attempt(() => lstatSync(`${root}${path}`));
  // InaccessiblePaths= replaces a socket with one that has no permissions.
  return stat?.isSocket() === true && (stat.mode & 0o777) !== 0;
}

/** Undefined for unreadable or missing files. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
