// Tools that bundle a program or trace its files, and how each is used.
import { join } from 'node:path';
import { root } from '../tarball.ts';
import { COMMONJS, FOR_BUN, MODULE } from './service.ts';

export const TOOLS: string = join(root, 'test/tools/node_modules');
const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
export const ADDON: string = `node_modules/readyd/prebuilds/linux-${ARCH}/readyd.node`;
export const WORKER = 'node_modules/readyd/dist/diagnosis-worker.cjs';

const WEBPACK = (entry: string) => `
  const webpack = require(${JSON.stringify(join(TOOLS, 'webpack'))});
  const [path] = process.argv.slice(2);
  webpack({ mode: 'production', target: 'node20', entry: './${entry}', output: { path } }, (error, stats) => {
    if (error || stats.hasErrors() || stats.hasWarnings()) throw error ?? new Error(stats.toString());
  });`;
const ROLLUP = `
  import resolve from ${JSON.stringify(join(TOOLS, '@rollup/plugin-node-resolve/dist/es/index.js'))};
  export default { input: 'main.mjs', plugins: [resolve({ preferBuiltins: true })] };`;
const VITE = 'export default { ssr: { noExternal: true } };';
const TRACE = `
  const { nodeFileTrace } = require(${JSON.stringify(join(TOOLS, '@vercel/nft'))});
  const { cpSync } = require('node:fs');
  const [output, entry] = process.argv.slice(2);
  nodeFileTrace([entry], { base: process.cwd() }).then(({ fileList }) => {
    for (const file of fileList) cpSync(file, output + '/' + file);
  });`;

/** A tool, how it is used, and what there is to copy beside what it makes. */
export interface Build {
  readonly tool: string;
  readonly how: string;
  /** Arguments of Node, which make the program in \`output\`. */
  readonly command: (output: string) => readonly string[];
  /** The program, relative to \`output\`. */
  readonly program: string;
  readonly copy?: readonly string[];
  /** A binary, which Node does not run. */
  readonly binary?: true;
}

export const esbuild = (name: string, entry: string, ...options: string[]) => {
  return (output: string) => [
    join(TOOLS, name, 'bin/esbuild'),
    entry,
    '--bundle',
    '--platform=node',
    `--outdir=${output}`,
    ...options,
  ];
};
const rollup = (format: string, extension: string) => {
  const options = ['-c', 'rollup.config.mjs', '-f', format, '--entryFileNames', `[name].${extension}`, '--silent'];
  return (output: string) => [join(TOOLS, 'rollup/dist/bin/rollup'), ...options, '-d', output];
};
const vite = (name: string) => {
  return (output: string) => [
    join(TOOLS, name, 'bin/vite.js'),
    'build',
    '--ssr',
    'main.mjs',
    '--outDir',
    output,
    '--logLevel',
    'error',
  ];
};
const COPY = '--loader:.node=copy';

export const BUILDS: readonly Build[] = [
  { tool: 'nft', how: '`import`', program: 'main.mjs', command: (output) => ['trace.cjs', output, 'main.mjs'] },
  { tool: 'nft', how: '`require`', program: 'main.cjs', command: (output) => ['trace.cjs', output, 'main.cjs'] },
  {
    tool: 'esbuild',
    how: `CommonJS, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.mjs', COPY),
  },
  {
    tool: 'esbuild',
    how: 'CommonJS, no option',
    program: 'main.js',
    copy: [WORKER, ADDON],
    binary: true,
    command: esbuild('esbuild', 'main.mjs'),
  },
  {
    tool: 'esbuild',
    how: `modules, \`${COPY}\``,
    program: 'main.mjs',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.mjs', COPY, '--format=esm', '--out-extension:.js=.mjs'),
  },
  {
    tool: 'esbuild',
    how: `\`require\`, minified, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.cjs', COPY, '--minify'),
  },
  {
    tool: 'esbuild-previous',
    how: `CommonJS, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild-previous', 'main.mjs', COPY),
  },
  { tool: 'webpack', how: '`import`', program: 'main.js', command: (output) => ['webpack-main.mjs.cjs', output] },
  { tool: 'webpack', how: '`require`', program: 'main.js', command: (output) => ['webpack-main.cjs.cjs', output] },
  {
    tool: 'ncc',
    how: '`import`',
    program: 'index.mjs',
    command: (output) => [join(TOOLS, '@vercel/ncc/dist/ncc/cli.js'), 'build', 'main.mjs', '-q', '-o', output],
  },
  {
    tool: 'ncc',
    how: '`require`',
    program: 'index.cjs',
    copy: [WORKER, ADDON],
    command: (output) => [join(TOOLS, '@vercel/ncc/dist/ncc/cli.js'), 'build', 'main.cjs', '-q', '-o', output],
  },
  { tool: 'rollup', how: 'modules', program: 'main.mjs', copy: [WORKER, ADDON], command: rollup('es', 'mjs') },
  { tool: 'rollup', how: 'CommonJS', program: 'main.cjs', copy: [WORKER, ADDON], command: rollup('cjs', 'cjs') },
  {
    tool: 'rolldown',
    how: 'modules',
    program: 'main.js',
    copy: [WORKER, ADDON],
    command: (output) => [
      join(TOOLS, 'rolldown/bin/cli.mjs'),
      'main.mjs',
      '-d',
      output,
      '-f',
      'es',
      '--platform',
      'node',
    ],
  },
  { tool: 'vite', how: '`ssr.noExternal`', program: 'main.mjs', copy: [WORKER, ADDON], command: vite('vite') },
  {
    tool: 'vite-previous',
    how: '`ssr.noExternal`',
    program: 'main.mjs',
    copy: [WORKER, ADDON],
    command: vite('vite-previous'),
  },
];

/** The user's project. */
export const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true }',
  'main.mjs': MODULE,
  'main.cjs': COMMONJS,
  'main-bun.mjs': FOR_BUN,
  'trace.cjs': TRACE,
  'webpack-main.mjs.cjs': WEBPACK('main.mjs'),
  'webpack-main.cjs.cjs': WEBPACK('main.cjs'),
  'rollup.config.mjs': ROLLUP,
  'vite.config.mjs': VITE,
};
