// Whether a file is a program that Node runs: a unit for anything else would only fail on the server.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readRegularFile } from '../../regular-file.ts';
import { checkLine } from './quoting.ts';
import { unfit } from './usage.ts';

const HEAD_BYTES = 200;
const PACKAGE_MAX = 4 << 20;

/**
 * One that cannot be read here is checked by its name alone: units are written on one machine for another.
 * @throws UsageError for what `node` would not run.
 */
export function checkProgram(path: string, node: string, env: Readonly<Record<string, string>>): void {
  checkLine('the program', path);
  const interpreter = isFile('the program', path) && faultOf(path) === undefined ? interpreterOf(path) : undefined;
  if (extname(path) === '.json') throw unfit('the program', path, `it is no program${programIn(join(path, '..'))}`);
  if (interpreter !== undefined && !/\bnode(js)?\b/.test(interpreter))
    throw unfit('the program', path, `it is for another interpreter than Node: ${interpreter}`);
  // With options of its own, such as a loader, Node may do what it otherwise does not.
  if (/^\.[cm]?ts$/.test(extname(path)) && env.NODE_OPTIONS === undefined) checkTypeScript(path, node);
}

/** What says that nothing was found at a path; or that it may not be looked for. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES'];

/**
 * False where nothing is to be seen.
 * @throws UsageError for a folder, a device and the like, and for a path that no file can have.
 */
export function isFile(what: string, path: string): boolean {
  let found: boolean;
  try {
    found = statSync(path).isFile();
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException; // all that stat throws
    if (ABSENT.includes(code)) return false;
    throw unfit(what, path, `it cannot be a file: ${code}`);
  }
  if (!found) throw unfit(what, path, `it is not a file${programIn(path)}`);
  return true;
}

/** Why a file cannot be read here, as a code such as `ENOENT`; undefined where it can. */
export function faultOf(path: string): string | undefined {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)); // without that, it would wait at a FIFO
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

function interpreterOf(path: string): string | undefined {
  return /^#!\s*(.*)/.exec(headOf(path))?.[1];
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
  readonly scripts?: Readonly<Record<string, unknown>>;
} {
  try {
    const found: unknown = JSON.parse(readRegularFile(join(folder, 'package.json'), PACKAGE_MAX).toString());
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}
