// Finds the processes of a service. systemd uses the cgroup; without root it has no cgroup, so three criteria apply: a
// process is a descendant, is in the session of the service, or has inherited its INVOCATION_ID. Only a process that
// loses all three escapes.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

export interface Tree {
  /** The first process of the service; it leads a new session. */
  readonly leader: number;
  readonly invocation: string;
  /** When its first process started, in clock ticks since boot: a process that is older does not belong to it. */
  readonly since: number;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly start: number;
  readonly zombie: boolean;
}

/** Also false for a process that has exited: systemd cannot identify it either. */
export function belongs(pid: number, tree: Tree): boolean {
  const entry = readStat(pid);
  return entry !== undefined && isMember(entry, tree, readStat);
}

/** The running processes, including the leader. Reads each process of the machine once. */
export function members(tree: Tree): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const entries = pids.map((name) => readStat(Number(name))).filter((entry) => entry !== undefined);
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  return entries
    .filter((entry) => !entry.zombie && isMember(entry, tree, (pid) => byPid.get(pid)))
    .map(({ pid }) => pid);
}

/** In clock ticks since boot; 0 for a process that does not exist any more. */
export function startOf(pid: number): number {
  return readStat(pid)?.start ?? 0;
}

export function isAlive(pid: number): boolean {
  const entry = readStat(pid);
  return entry !== undefined && !entry.zombie;
}

/** Whether a process catches or blocks a signal. */
export function handles(pid: number, signal: number): boolean {
  const status = read(`/proc/${pid}/status`) ?? '';
  const bit = 1n << BigInt(signal - 1);
  return ['SigCgt', 'SigBlk'].some((field) => {
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & bit) !== 0n;
  });
}

type ReadStat = (pid: number) => ProcessStat | undefined;

function isMember(entry: ProcessStat, tree: Tree, lookUp: ReadStat): boolean {
  const { leader, invocation, since } = tree;
  if (entry.pid === process.pid || entry.start < since) return false;
  if (entry.pid === leader || entry.session === leader || descends(entry, leader, lookUp)) return true;
  return carries(entry.pid, invocation);
}

function descends(entry: ProcessStat, leader: number, lookUp: ReadStat): boolean {
  let parent = entry.parent;
  while (parent > 1 && parent !== leader) parent = lookUp(parent)?.parent ?? 0;
  return parent === leader;
}

function carries(pid: number, invocation: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(`INVOCATION_ID=${invocation}`) ?? false;
}

/** More than any line of /proc/PID/stat. */
const STAT_BYTES = 4096;
let buffer: Buffer | undefined;

/** proc_pid_stat(5): the name, in parentheses, may contain any character. */
function readStat(pid: number): ProcessStat | undefined {
  const stat = readLine(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const start = Number(fields[19]);
  return { pid, parent: Number(parent), session: Number(session), start, zombie: state === 'Z' || state === 'X' };
}

/** Into one buffer for all of them: readFileSync() allocates 64 KiB for each file of /proc. */
function readLine(path: string): string | undefined {
  buffer ??= Buffer.allocUnsafe(STAT_BYTES);
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, STAT_BYTES, 0));
  } catch {
    return undefined; // it has exited
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // it has exited, or belongs to another user
  }
}
