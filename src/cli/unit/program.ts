// Whether a file is a program that Node runs: a unit for anything else would only fail on the server.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { extname, join } from 'node:path';
import { unfit } from './usage.ts';

const HEAD_BYTES = 200;

/** @throws UsageError for what `node` would not run. */
export function checkProgram(path: string, node: string, env: Readonly<Record<string, string>>): void {
  if (extname(path) === '.json') throw unfit('the program', path, `it is no program${programIn(join(path, '..'))}`);
  const interpreter = /^#!\s*(.*)/.exec(headOf(path))?.[1];
  if (interpreter !== undefined && !/\bnode(js)?\b/.test(interpreter))
    throw unfit('the program', path, `it is for another interpreter than Node: ${interpreter}`);
  // With options of its own, such as a loader, Node may do what it otherwise does not.
  if (/^\.[cm]?ts$/.test(extname(path)) && env.NODE_OPTIONS === undefined) checkTypeScript(path, node);
}

function headOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('utf8', 0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

/** Node 22.18 and later strip the types by themselves. */
function checkTypeScript(path: string, node: string): void {
  const script = 'process.stdout.write([process.version, process.features.typescript ?? false].join(" "))';
  const [version, typescript] = execFileSync(node, ['-e', script], { encoding: 'utf8', env: {} }).split(' ');
  if (typescript === 'false')
    throw unfit('the program', path, `Node ${version} runs no TypeScript: compile it, or --node with 22.18 or later`);
}

/** What a folder's package.json calls its program, as the end of a sentence; empty where it says nothing. */
export function programIn(folder: string): string {
  const { bin, main } = readPackage(folder);
  const named: unknown = typeof bin === 'object' && bin !== null ? Object.values(bin).at(0) : bin;
  const found: unknown = named ?? main;
  return typeof found === 'string' ? `; its package.json has '${found}'` : '';
}

/** Empty where there is none, or none that is JSON. */
export function readPackage(folder: string): {
  readonly bin?: unknown;
  readonly main?: unknown;
  readonly workspaces?: unknown;
} {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}
