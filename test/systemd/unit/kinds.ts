// Kinds of Node programs that readyd unit writes a unit for.

export interface Kind {
  /** By path below the folder of the kind. */
  readonly files?: Readonly<Record<string, string>>;
  /** The program, below that folder or absolute; `server.mjs` by default. */
  readonly main?: string;
  /** Its text, where it is not among the files. */
  readonly text?: string;
  /** In place of the text: modules that rolldown makes one file of, `server.mjs` first, together with this package. */
  readonly bundled?: Readonly<Record<string, string>>;
  /** What `readyd unit` is called with, before the program; `PORT` stands for a port of its own, `NODE24` for Node 24. */
  readonly flags?: string;
  /** The arguments of the program. */
  readonly args?: string;
  /** How it is asked: by a port, a path, or a file that it writes. */
  readonly answers: 'port' | 'udp' | 'nothing' | { readonly path: string } | { readonly file: string };
  /** What it answers: `ok` by default; undefined for anything. */
  readonly answer?: string | undefined;
  /** What has to be installed for it. */
  readonly needs?: 'frameworks' | 'tsx' | 'node 24';
  /** A unit for the service manager of a user. */
  readonly user?: boolean;
  /** It has a socket unit. */
  readonly socket?: boolean;
  /** It can be reloaded. */
  readonly reload?: boolean;
  /** A job: it ends by itself. */
  readonly job?: boolean;
  /** It may end by itself, or stay. */
  readonly ends?: boolean;
  /** The instance of a template. */
  readonly instance?: string;
}

const SERVER = `const server = createServer((_, response) => response.end('ok'));`;
const IMPORTS = `import { createServer } from 'node:http';\nimport { listen, ready, service } from 'readyd';\n`;
const SERVICE = `${IMPORTS}await service({
  async start() { ${SERVER} await listen(server, { name: 'web', fallback: Number(process.env.PORT) || undefined }); return server; },
  reload() {},
  stop(server) { server.close(); },
});\n`;
const BY_HAND = `${IMPORTS}${SERVER}
await listen(server, { name: 'web' });
await ready();
process.once('SIGTERM', () => server.close());\n`;
const PLAIN = `import { createServer } from 'node:http';\n${SERVER}\nserver.listen(Number(process.env.PORT));\n`;
const WEB = '--listen web=127.0.0.1:PORT';

/** Runs `body` first, which may await and throws where something is kept away. */
function after(body: string): string {
  return `${IMPORTS}${body}\n${SERVER}\nawait listen(server, { name: 'web' });\nawait ready();\nprocess.once('SIGTERM', () => server.close());\n`;
}

const served = { answers: 'port', socket: true } as const;
const alone = { flags: '--env PORT=PORT', answers: 'port' } as const;

export const KINDS: Readonly<Record<string, Kind>> = {
  service: { text: SERVICE, flags: `${WEB} --reload --watchdog 5s`, ...served, reload: true },
  'by-hand': { text: BY_HAND, flags: WEB, ...served },
  'unnamed-socket': { text: BY_HAND, flags: '--listen 127.0.0.1:PORT', ...served },
  'own-port': { text: SERVICE, ...alone },
  plain: { text: PLAIN, ...alone },
  'plain-commonjs': {
    main: 'server.cjs',
    text: `const { createServer } = require('node:http');\n${SERVER}\nserver.listen(Number(process.env.PORT));\n`,
    ...alone,
  },
  commonjs: {
    main: 'server.cjs',
    text: `const { createServer } = require('node:http');\nconst { listen, service } = require('readyd');\nservice({ async start() { ${SERVER} await listen(server, { name: 'web' }); return server; }, stop(server) { server.close(); } });\n`,
    flags: WEB,
    ...served,
  },
  'type-module': {
    main: 'server.js',
    text: BY_HAND,
    files: { 'package.json': '{"type":"module"}' },
    flags: WEB,
    ...served,
  },
  'type-commonjs': {
    main: 'index.js',
    text: `const { createServer } = require('node:http');\n${SERVER}\nserver.listen(Number(process.env.PORT));\n`,
    files: { 'package.json': '{}' },
    ...alone,
  },
  'several-files': {
    main: 'bin/start.mjs',
    files: { 'bin/start.mjs': `import '../lib/server.mjs';\n`, 'lib/server.mjs': SERVICE, 'package.json': '{}' },
    flags: `${WEB} --watchdog 5s`,
    ...served,
  },
  'dynamic-import': {
    files: { 'server.mjs': `await import('./app.mjs');\n`, 'app.mjs': BY_HAND },
    flags: WEB,
    ...served,
  },
  workspace: {
    main: 'packages/api/index.mjs',
    files: {
      'package.json': '{"workspaces":["packages/*"]}',
      'packages/api/package.json': '{}',
      'packages/api/index.mjs': `import '../shared/one.mjs';\n${BY_HAND}`,
      'packages/shared/one.mjs': '',
    },
    flags: WEB,
    ...served,
  },
  bundle: {
    main: 'dist/server.mjs',
    bundled: {
      'server.mjs': BY_HAND.replace(`'ok'`, 'answer()').replace(
        'import',
        `import { answer } from './answer.mjs';\nimport`,
      ),
      'answer.mjs': `export const answer = () => 'ok';\n`,
    },
    flags: WEB,
    ...served,
  },
  'unix-socket': {
    text: BY_HAND,
    flags: '--listen web=/run/unit-kinds/web.sock',
    answers: { path: '/run/unit-kinds/web.sock' },
    socket: true,
  },
  udp: {
    text: `import dgram from 'node:dgram';\nimport { bind, ready } from 'readyd';\nconst socket = dgram.createSocket('udp4');\nsocket.on('message', (_, from) => socket.send('ok', from.port, from.address));\nawait bind(socket, { name: 'web' });\nawait ready();\nprocess.once('SIGTERM', () => socket.close());\n`,
    flags: '--listen web=udp:127.0.0.1:PORT',
    answers: 'udp',
    socket: true,
  },
  'two-sockets': {
    text: `${IMPORTS}import net from 'node:net';\n${SERVER}\nconst admin = net.createServer();\nawait listen(server, { name: 'web' });\nawait listen(admin, { name: 'admin' });\nawait ready();\nprocess.once('SIGTERM', () => { server.close(); admin.close(); });\n`,
    flags: `${WEB} --listen admin=/run/unit-kinds/admin.sock`,
    ...served,
  },
  http2: {
    text: `import { createServer } from 'node:http';\nimport http2 from 'node:http2';\nimport { listen, ready } from 'readyd';\nhttp2.createServer().on('error', () => {}).close();\n${SERVER}\nawait listen(server, { name: 'web' });\nawait ready();\nprocess.once('SIGTERM', () => server.close());\n`,
    flags: WEB,
    ...served,
  },
  job: {
    text: `import { writeFileSync } from 'node:fs';\nwriteFileSync(process.env.STATE_DIRECTORY + '/done', 'ok');\n`,
    flags: '--type oneshot --state=',
    answers: { file: '/var/lib/kind-job/done' },
    job: true,
  },
  timer: {
    text: `import { writeFileSync } from 'node:fs';\nsetInterval(() => writeFileSync(process.env.STATE_DIRECTORY + '/done', 'ok'), 50);\n`,
    flags: '--state=',
    answers: { file: '/var/lib/kind-timer/done' },
  },
  cluster: {
    text: `import cluster from 'node:cluster';\nimport { createServer } from 'node:http';\nif (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else { ${SERVER} server.listen(Number(process.env.PORT)); }\n`,
    ...alone,
  },
  preload: {
    files: { 'setup.mjs': `globalThis.answer = 'ok';\n` },
    text: BY_HAND.replace(`'ok'`, 'globalThis.answer'),
    flags: `${WEB} --env NODE_OPTIONS=--import=/srv/kinds/preload/setup.mjs`,
    ...served,
  },
  template: {
    text: PLAIN.replace('process.env.PORT', 'process.argv[2]'),
    flags: '--name kind-template@',
    args: '%i',
    answers: 'port',
    instance: 'PORT',
  },
  'template-with-socket': {
    text: BY_HAND,
    flags: '--name kind-template-with-socket@ --listen web=127.0.0.1:%i',
    ...served,
    instance: 'PORT',
  },
  folders: {
    text: after(
      `import { writeFileSync } from 'node:fs';\nfor (const name of ['STATE', 'CACHE', 'LOGS', 'RUNTIME']) writeFileSync(process.env[name + '_DIRECTORY'] + '/x', '');`,
    ),
    flags: `${WEB} --state= --cache= --logs= --runtime=`,
    ...served,
  },
  credential: {
    text: after(`import { readFileSync } from 'node:fs';\nreadFileSync(process.env.CREDENTIALS_DIRECTORY + '/token');`),
    flags: `${WEB} --credential token:/etc/hostname`,
    ...served,
  },
  'fd-store': {
    text: after(`import { fdStore } from 'readyd';\nawait fdStore.putData('note', 'kept');`),
    flags: `${WEB} --fd-store 4`,
    ...served,
  },
  release: { main: 'current/server.mjs', files: { 'releases/1/server.mjs': BY_HAND }, flags: WEB, ...served },
  threads: {
    text: after(
      `import { Worker } from 'node:worker_threads';\nawait new Promise((resolve) => new Worker('setTimeout(() => {}, 10)', { eval: true }).once('exit', resolve));`,
    ),
    flags: WEB,
    ...served,
  },
  children: {
    text: after(
      `import { execFileSync } from 'node:child_process';\nexecFileSync('/bin/sh', ['-c', 'exit 0']);\nexecFileSync(process.execPath, ['-e', '1']);`,
    ),
    flags: WEB,
    ...served,
  },
  user: { text: SERVICE, flags: `${WEB} --user --reload --watchdog 5s`, ...served, reload: true, user: true },
  'user-alone': { text: PLAIN, flags: '--user --env PORT=PORT', answers: 'port', user: true },
  'strange-arguments': {
    text: after(
      `if (process.argv[2] !== '100%' || process.argv[3] !== '$HOME') throw new Error(process.argv.join(' '));`,
    ),
    flags: WEB,
    args: '100% $HOME',
    ...served,
  },
};
