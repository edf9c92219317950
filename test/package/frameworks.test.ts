// The real frameworks that build their own server. Each is built with the files of docs/frameworks.md, moved, and started by
// the command of the unit in that page. Prints a table, which must agree with docs/tools.md.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocks } from '../docs/blocks.ts';
import { describeWith } from '../left-out.ts';
import { lackOfPackage, packInto, plainEnvironment, root } from './tarball.ts';
import { serve, WORKS } from './tools/service.ts';
import { expectInDocument, nameWithMajor, Table } from './tools/table.ts';

const DOCUMENT = 'docs/frameworks.md';
const folder = mkdtempSync(join(tmpdir(), 'readyd-frameworks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file that the document shows, by the name in its first line. */
function shown(name: string): string {
  const found = [...blocks(DOCUMENT, 'js'), ...blocks(DOCUMENT, 'ini')].find(({ code }) =>
    new RegExp(`^(//|#) ${name}$`, 'm').test(code),
  );
  if (found === undefined) throw new Error(`${DOCUMENT} does not show ${name}`);
  return found.code;
}

/** The arguments of Node, and the folder where it starts, of a unit that the document shows; `output` is at `installed`. */
function started(unit: string, installed: string, output: string): { args: string[]; cwd: string } {
  const text = shown(unit).replaceAll(installed, output);
  const [, command = ''] = /^ExecStart=\/usr\/bin\/node (.*)$/m.exec(text) ?? [];
  const [, cwd = ''] = /^WorkingDirectory=(.*)$/m.exec(text) ?? [];
  return { args: command.split(' '), cwd };
}

/** A request is an entry, which needs the addon. */
const LOG = `import { journal } from 'readyd';\nconst log = journal();`;
const [ENTRY] = WORKS.log;
const NEXT_ROUTE = {
  'app/route.js': `${LOG}
export const dynamic = 'force-dynamic';
export function GET() { log.info('${ENTRY}'); return new Response('hello'); }`,
};
const NITRO_FILES = {
  'nitro.config.mjs': "export default { compatibilityDate: '2026-01-01', srcDir: 'server' };",
  'server/plugins/systemd.js': shown('server/plugins/systemd.js'),
  'server/routes/index.js': `import { defineEventHandler } from 'h3';
${LOG}
export default defineEventHandler(() => { log.info('${ENTRY}'); return 'hello'; });`,
};

interface Project {
  readonly tool: 'next' | 'nitro';
  /** In the node_modules of the tool. */
  readonly package: string;
  readonly how: string;
  readonly files: Readonly<Record<string, string>>;
  /** The arguments of Node that build it. */
  readonly build: readonly string[];
  /** The files to move to the server. */
  readonly output: string;
  readonly start: (output: string) => { readonly args: readonly string[]; readonly cwd: string };
}

const NEXT = 'node_modules/next/dist/bin/next';
const PROJECTS: readonly Project[] = [
  {
    tool: 'next',
    package: 'next',
    how: "`output: 'standalone'`",
    files: {
      ...NEXT_ROUTE,
      'next.config.mjs': shown('next.config.mjs'),
      'instrumentation.js': shown('instrumentation.js'),
    },
    build: [NEXT, 'build'],
    output: '.next/standalone',
    start: (output) => started('next.service', '/srv/next', output),
  },
  {
    tool: 'next',
    package: 'next',
    how: '`next start`, with `node_modules`',
    files: NEXT_ROUTE,
    build: [NEXT, 'build'],
    output: '.',
    start: (output) => ({ args: ['--import', 'readyd/auto', NEXT, 'start'], cwd: output }),
  },
  {
    tool: 'nitro',
    package: 'nitropack',
    how: '`node-server`',
    files: NITRO_FILES,
    build: ['node_modules/nitropack/dist/cli/index.mjs', 'build'],
    output: '.output',
    start: (output) => started('nuxt.service', '/srv/nuxt/.output', output),
  },
  {
    tool: 'nitro',
    package: 'nitro',
    how: '`node-server`',
    files: NITRO_FILES,
    build: ['node_modules/nitro/dist/cli/index.mjs', 'build'],
    output: '.output',
    start: (output) => started('nuxt.service', '/srv/nuxt/.output', output),
  },
];

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...plainEnvironment(), NEXT_TELEMETRY_DISABLED: '1', NITRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env });
  return stdout + stderr;
}

const installed = (tool: string): string => join(root, 'test/tools', tool, 'node_modules');
const missing = ['next', 'nitro'].find((tool) => !existsSync(installed(tool)));
const lack =
  missing === undefined
    ? lackOfPackage()
    : { reason: `${missing} is not installed`, command: `npm ci --ignore-scripts --prefix test/tools/${missing}` };

let tarball = '';
beforeAll(() => {
  if (lack === undefined) tarball = packInto(folder);
});

/** A project with what is installed for the tool, and the package. */
async function project({ tool, files }: Project): Promise<string> {
  const path = mkdtempSync(join(folder, `${tool}-`));
  const copy = join(path, 'node_modules');
  // Links to the same files, where they are on the same file system: they are many.
  await run('sh', ['-c', 'cp -al "$1" "$2" 2>/dev/null || cp -a "$1" "$2"', 'cp', installed(tool), copy], path);
  mkdirSync(join(copy, 'readyd'));
  await run('tar', ['-xzf', tarball, '-C', join(copy, 'readyd'), '--strip-components=1'], path);
  for (const [name, text] of Object.entries({ ...files, 'package.json': '{ "private": true, "type": "module" }' })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const table = new Table('framework', 'build', 'command in the folder of the build');

/** One project after the other for each tool: a build keeps both processors busy. */
describeWith(lack, 'a server that is built and moved', () => {
  it.each(PROJECTS.map((one, index) => ({ ...one, index })))(
    'by $package: $how',
    async (one) => {
      const path = await project(one);
      const output = (await run(process.execPath, one.build, path)).replaceAll(folder, '');
      expect(output).not.toMatch(/warn.*readyd|readyd.*(warn|could not)/i);
      const moved = join(mkdtempSync(join(folder, 'moved-')), 'output');
      renameSync(join(path, one.output), moved);
      if (one.output !== '.') rmSync(path, { recursive: true });
      const { args, cwd } = one.start(moved);
      const { answer, log } = await serve(process.execPath, args, cwd);
      expect({ answer, log }).toEqual({ answer: WORKS.answer, log: expect.arrayContaining([...WORKS.log]) });
      rmSync(moved, { recursive: true });
      const name = nameWithMajor(one.package === 'next' ? 'Next' : one.package, join(installed(one.tool), one.package));
      const command = ['node', ...args.map((arg) => arg.replace(`${cwd}/`, ''))].join(' ');
      table.set(one.index, name, one.how, `\`${command}\``);
    },
    600_000,
  );
});

describeWith(lack, 'docs/tools.md', () => {
  it('has the frameworks that were seen', () => expectInDocument(table));
});
