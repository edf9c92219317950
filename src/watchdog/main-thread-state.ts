// What the kernel knows of a main thread whose stack cannot be read: proc_pid_stat(5), proc_tid_children(5).
import { readFileSync } from 'node:fs';

/** `state` and what else can be read, as words for people; undefined without /proc. */
export function mainThreadState(pid: number, proc = '/proc'): string | undefined {
  const task = `${proc}/${pid}/task/${pid}`;
  const state = stateOf(read(`${task}/stat`));
  if (state === undefined) return undefined;
  if (state === 'R') return 'it runs on the CPU';
  const where = kernelFunction(read(`${task}/wchan`));
  const child = youngestChild(read(`${task}/children`), proc);
  return `it ${state === 'D' ? 'waits for a disk' : 'waits'} in the kernel${where}${child}`;
}

/** The name before it may hold blanks and parentheses. */
function stateOf(stat: string): string | undefined {
  return /\) ([A-Za-z]) /.exec(stat.slice(stat.lastIndexOf(')')))?.[1];
}

function kernelFunction(wchan: string): string {
  return wchan === '' || wchan === '0' ? '' : ` (${wchan})`;
}

/** What execSync and its like wait for. Its name only: a command line may hold a secret. */
function youngestChild(children: string, proc: string): string {
  const pid = children.trim().split(' ').at(-1);
  if (pid === undefined || pid === '') return '';
  return `, and its youngest child process is ${pid} (${read(`${proc}/${pid}/comm`).trim()})`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a kernel without it, or a process that has ended: then there is less to tell
  }
}
