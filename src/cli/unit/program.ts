// Checks that a file is a program that Node can run: any other unit would fail on the server.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readRegularFile } from '../../regular-file.ts';
import { checkLine } from './quoting.ts';
import { unfit } from './usage.ts';

const HEAD_BYTES = 200;
const PACKAGE_MAX = 4 << 20;

/**
 * Checks an unreadable file only by its name, because units are often written on another machine.
 * @throws UsageError for a file that `node` would not run.
 */
export function checkProgram(path: string, node: string, env: Readonly<Record<string, string>>): void {
  checkLine('the program', path);
  const interpreter = isFile('the program', path) && faultOf(path) === undefined ? interpreterOf(path) : undefined;
  if (extname(path) === '.json') throw unfit('the program', path, `it is no program${programIn(join(path, '..'))}`);
  if (interpreter !== undefined && !/\bnode(js)?\b/.test(interpreter))
    throw unfit('the program', path, `it is for another interpreter than Node: ${interpreter}`);
  // With NODE_OPTIONS, such as a loader, Node may support more.
  if (/^\.[cm]?ts$/.test(extname(path)) && env.NODE_OPTIONS === undefined) checkTypeScript(path, node);
}

/** Error codes for a missing file, or one that must not be searched for. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES'];

/**
 * False if the file does not exist.
 * @throws UsageError for a folder, a device or similar, and for an invalid path.
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

/** Why a file cannot be read here, as a code such as `ENOENT`; undefined if it can. */
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

/** Node 22.18 and later strip types without a flag. */
function checkTypeScript(path: string, node: string): void {
  const script = 'process.stdout.write([process.version, process.features.typescript ?? false].join(" "))';
  const [version, typescript] = execFileSync(node, ['-e', script], { encoding: 'utf8', env: {} }).split(' ');
  if (typescript === 'false')
    throw unfit('the program', path, `Node ${version} runs no TypeScript: compile it, or --node with 22.18 or later`);
}

/** A hint with the program in a folder's package.json, as the end of a sentence; empty without a hint. */
export function programIn(folder: string): string {
  const { bin, main } = readPackage(folder);
  const named: unknown = typeof bin === 'object' && bin !== null ? Object.values(bin).at(0) : bin;
  const found: unknown = named ?? main;
  return typeof found === 'string' ? `; its package.json has '${found}'` : '';
}

/** Empty if the file is missing or not JSON. */
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
