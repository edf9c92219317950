// Our declarations in a user's project that checks the declarations of its packages, too (`skipLibCheck: false`): with our
// own compiler, with the oldest TypeScript, and with the newest declarations of Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LONG, testWith } from '../left-out.ts';
import { cached } from '../runtimes.ts';
import { root } from './tarball.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `
import * as readyd from 'readyd';
import { fdStore, type Journal, journal, listenFds, service, type ServiceDefinition, workerPool } from 'readyd';
import { createManager, type Manager } from 'readyd/testing';

export const log: Journal = journal({ level: 'debug' });
log.info('m', { a: 1 });
log.error('m', new Error('e'));
log.warn({ a: 1 }, 'm %s', 2);
log.fatal(new Error('e'), 'm');
log.child({ a: 1 }, { level: 'silent', serializers: { req: ({ url }: { url: string }) => url } }).trace('m %d', 2);
log.level = 'warn';
// @ts-expect-error: no level.
log.log('loud', 'm');
export const definition: ServiceDefinition<number> = { start: ({ status }) => (status('up'), 3) };
export const sent: Promise<boolean> = readyd.ready();
export const manager: Promise<Manager> = createManager({ fdStore: 4 });
export const kinds: string[] = [...listenFds()].map(({ kind }) => kind);
void service(workerPool({ count: 2 })).then(() => fdStore.putData('a', 'b'));
readyd.watchdog()[Symbol.dispose]();
// @ts-expect-error: a misspelled key.
void readyd.notify({ redy: true });
`;

const OWN_COMPILER = join(root, 'node_modules/typescript');
const OWN_NODE = join(root, 'node_modules/@types/node');

const COMBINATIONS = [
  { title: 'our TypeScript, Node 20', compiler: OWN_COMPILER, node: OWN_NODE },
  { title: 'our TypeScript, Node 26', compiler: OWN_COMPILER, node: cached('types', 'node') },
  { title: 'TypeScript 5.2, Node 20', compiler: cached('types', 'typescript'), node: OWN_NODE },
];

const FILES = { module: 'main.mts', commonjs: 'main.cts' } as const;

interface Resolution {
  readonly module: string;
  readonly moduleResolution: string;
  readonly files: readonly string[];
}

const RESOLUTIONS: readonly Resolution[] = [
  { module: 'nodenext', moduleResolution: 'nodenext', files: [FILES.module, FILES.commonjs] },
  { module: 'node16', moduleResolution: 'node16', files: [FILES.module, FILES.commonjs] },
  { module: 'esnext', moduleResolution: 'bundler', files: [FILES.module] },
];

/** What the compiler says, but for what it says of Node's own declarations, some of which are for a newer compiler. */
function complaints(compiler: string, node: string, resolution: Resolution): string[] {
  const project = mkdtempSync(join(folder, 'project-'));
  const installed = join(project, 'node_modules/readyd');
  mkdirSync(installed, { recursive: true });
  for (const path of ['dist', 'package.json']) cpSync(join(root, path), join(installed, path), { recursive: true });
  cpSync(node, join(project, 'node_modules/@types/node'), { recursive: true });
  const { files, ...modules } = resolution;
  for (const file of files) writeFileSync(join(project, file), PROGRAM);
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', types: ['node'], ...modules };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: files }));
  const tsc = spawnSync(process.execPath, [join(compiler, 'bin/tsc'), '-p', project, '--pretty', 'false'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(tsc).toMatchObject({ stderr: '', signal: null });
  return tsc.stdout.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('node_modules/@types/'));
}

/** For each combination of settings the files that every compiler took. */
const taken = new Map<string, Set<string>>();

function check(compiler: string, node: string, resolution: Resolution): void {
  const settings = `| \`${resolution.module}\` | \`${resolution.moduleResolution}\``;
  expect(complaints(compiler, node, resolution), settings).toEqual([]);
  const seen = taken.get(settings) ?? new Set();
  for (const file of resolution.files) seen.add(file);
  taken.set(settings, seen);
}

const KINDS: Readonly<Record<string, string>> = {
  'main.mts': 'a module',
  'main.cts': 'CommonJS',
  'main.ts': 'CommonJS',
};

const lackOfCompilers = COMBINATIONS.flatMap(({ compiler, node }) => [compiler, node]).every(existsSync)
  ? undefined
  : { reason: 'the compilers of other versions are not installed', command: 'test/runtimes.sh types' };

describe.each(COMBINATIONS)('the types, by $title', ({ compiler, node }) => {
  const lack = [compiler, node].every(existsSync) ? undefined : lackOfCompilers;
  if ((LONG ?? lack) !== undefined) {
    testWith(LONG ?? lack, 'compile', () => undefined);
    return;
  }

  it.each(RESOLUTIONS)('resolved as for $moduleResolution, in $files', (resolution) => {
    check(compiler, node, resolution);
  });

  // TypeScript 7 does not know it any more.
  if (compiler !== OWN_COMPILER) {
    it('resolved as for node10, sub-paths included', () => {
      const resolution = { module: 'commonjs', moduleResolution: 'node10', files: ['main.ts'] };
      check(compiler, node, resolution);
    });
  }
});

describe('docs/tools.md', () => {
  testWith(LONG ?? lackOfCompilers, 'has the settings that were seen', () => {
    const lines = [...taken].map(([settings, files]) => {
      const kinds = [...files].map((file) => KINDS[file]);
      return `${settings} | ${kinds.join(', or ')} | yes |`;
    });
    console.log(`\n${lines.join('\n')}`);
    const said = readFileSync(join(root, 'docs/tools.md'), 'utf8').split('\n');
    expect(said.filter((line) => /^\| `\w+` \| `\w+` \|/.test(line) && !line.includes('moduleResolution'))).toEqual(
      lines,
    );
  });
});
