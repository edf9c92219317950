// Finds the processes of a service. systemd uses the cgroup; without root it has no cgroup, so three criteria apply: a
// process is a descendant, is in the session of the service, or has inherited its INVOCATION_ID. Only a process that
// loses all three escapes.
import { readdirSync, readFileSync } from 'node:fs';

export interface Tree {
  /** The first process of the service; it leads a new session. */
  readonly leader: number;
  readonly invocation: string;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly zombie: boolean;
}

/** Also false for a process that has exited: systemd cannot identify it either. */
export function belongs(pid: number, tree: Tree): boolean {
  const entry = readStat(pid);
  return entry !== undefined && isMember(entry, tree);
}

/** The running processes, including the leader. */
export function members(tree: Tree): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((entry) => entry !== undefined)
    .filter((entry) => !entry.zombie && isMember(entry, tree))
    .map(({ pid }) => pid);
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

function isMember(entry: ProcessStat, { leader, invocation }: Tree): boolean {
  if (entry.pid === process.pid) return false;
  return entry.pid === leader || entry.session === leader || carries(entry.pid, invocation) || descends(entry, leader);
}

function descends(entry: ProcessStat, leader: number): boolean {
  let parent = entry.parent;
  while (parent > 1 && parent !== leader) parent = readStat(parent)?.parent ?? 0;
  return parent === leader;
}

function carries(pid: number, invocation: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(`INVOCATION_ID=${invocation}`) ?? false;
}

/** proc_pid_stat(5): the name, in parentheses, may contain any character. */
function readStat(pid: number): ProcessStat | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), session: Number(session), zombie: state === 'Z' || state === 'X' };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // it has exited, or belongs to another user
  }
}
