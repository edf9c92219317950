// The kernel's information about a main thread whose stack cannot be read: proc_pid_stat(5), proc_tid_children(5).
import { readFileSync } from 'node:fs';

/** A readable description of the thread's state; undefined without /proc. */
export function mainThreadState(pid: number, proc = '/proc'): string | undefined {
  const task = `${proc}/${pid}/task/${pid}`;
  const state = stateOf(read(`${task}/stat`));
  if (state === undefined) return undefined;
  if (state === 'R') return 'it runs on the CPU';
  const where = kernelFunction(read(`${task}/wchan`));
  const child = youngestChild(read(`${task}/children`), proc);
  return `it ${state === 'D' ? 'waits for a disk' : 'waits'} in the kernel${where}${child}`;
}

/** Searches after the process name, which may contain spaces and parentheses. */
function stateOf(stat: string): string | undefined {
  return /\) ([A-Za-z]) /.exec(stat.slice(stat.lastIndexOf(')')))?.[1];
}

function kernelFunction(wchan: string): string {
  return wchan === '' || wchan === '0' ? '' : ` (${wchan})`;
}

/** The child that execSync or similar waits for. Only its name, because a command line may contain a secret. */
function youngestChild(children: string, proc: string): string {
  const pid = children.trim().split(' ').at(-1);
  if (pid === undefined || pid === '') return '';
  return `, and its youngest child process is ${pid} (${read(`${proc}/${pid}/comm`).trim()})`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the kernel does not support it, or the process has exited: leave it out
  }
}
