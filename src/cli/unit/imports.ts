// Finds the imports of a program: follows its own files, and lists packages by name. Searches the source text without
// comments, and executes nothing.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../../regular-file.ts';

export interface Imports {
  /** Names of packages and of Node's own modules. */
  readonly packages: ReadonlySet<string>;
  /** The text of the program's own files, without comments. */
  readonly text: string;
}

const FILES_MAX = 300;
const FILE_MAX = 4 << 20;
const TOTAL_MAX = 16 << 20;

const IMPORT = /\b(?:from|import|require|resolve)\s{0,20}\(?\s{0,20}(['"])([^'"\n]{1,500})\1/g;
const URL_OF = /new URL\(\s{0,20}(['"])(\.[^'"\n]{1,500})\1/g;
const LINE_COMMENT = /(?<=^|[\s;{}(])\/\/[^\n]*/g;

/** Undefined if the program cannot be read, or does not exist yet. */
export function importsOf(program: string, preloads: readonly string[] = []): Imports | undefined {
  const packages = new Set<string>();
  const texts: string[] = [];
  const seen = new Set<string>();
  const waiting = [program, ...preloads.filter(isPath).map((path) => resolve(dirname(program), path))];
  for (const name of preloads) if (!isPath(name)) packages.add(packageOf(name));
  let total = 0;
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (seen.has(path) || seen.size >= FILES_MAX || total > TOTAL_MAX) continue;
    seen.add(path);
    const text = read(path);
    if (text === undefined) continue;
    total += text.length;
    texts.push(text);
    for (const name of namesIn(text)) {
      if (isPath(name)) waiting.push(fileOf(name, path));
      else packages.add(packageOf(name));
    }
  }
  return texts.every((text) => text.trim() === '') ? undefined : { packages, text: texts.join('\n') };
}

function isPath(name: string): boolean {
  return /^(\.|\/|file:)/.test(name);
}

function read(path: string): string | undefined {
  try {
    return withoutComments(readRegularFile(path, FILE_MAX).toString());
  } catch {
    return undefined;
  }
}

function namesIn(text: string): string[] {
  return [...text.matchAll(IMPORT), ...text.matchAll(URL_OF)].map(([, , name = '']) => name);
}

/** `@scope/name/part` belongs to `@scope/name`; the part is kept only for readyd. */
function packageOf(name: string): string {
  if (/^(node:|readyd\b)/.test(name)) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.json', '/index.js', '/index.ts', '/index.mjs'];

/** Resolves like CommonJS, TypeScript and bundlers: also without an extension, and `.js` for a `.ts` file. */
function fileOf(name: string, from: string): string {
  const path = name.startsWith('file:') ? pathOf(name) : join(name.startsWith('/') ? '/' : dirname(from), name);
  const candidates = EXTENSIONS.map((extension) => path + extension).concat(path.replace(/\.([cm]?)js$/, '.$1ts'));
  return candidates.find((one) => existsSync(one) && statSync(one).isFile()) ?? path;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** Removes comments in a single pass, because a program may contain any number of unclosed comments. */
function withoutComments(text: string): string {
  const parts: string[] = [];
  let at = 0;
  let from = 0;
  for (let open = text.indexOf('/*'); open >= 0; open = text.indexOf('/*', from)) {
    from = open + 2;
    // Otherwise it is part of a string, such as a path pattern.
    if (open > 0 && !/[\s;{}(=,]/.test(text.charAt(open - 1))) continue;
    const close = text.indexOf('*/', from);
    if (close < 0) break;
    parts.push(text.slice(at, open));
    at = close + 2;
    from = at;
  }
  return [...parts, text.slice(at)].join(' ').replace(LINE_COMMENT, '');
}
