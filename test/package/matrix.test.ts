// Every runtime against every function of the package: installed from the tarball with scripts off, and sending to receivers
// that share no code with ours. Prints a table, which must agree with docs/runtimes.md.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { native } from '../../src/native.ts';
import { createReceiver, type Receiver } from '../helpers/receiver.ts';
import { fakeJournald } from '../journal/fake-journald.ts';
import { testWith } from '../left-out.ts';
import { allRuntimes, installed, type Runtime } from '../runtimes.ts';
import { lackOfPackage, packInto, plainEnvironment, root } from './tarball.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-matrix-'));
const user = join(folder, 'user');
let tarball = '';

const LISTEN = `
  const { activated } = await listen(server);
  console.log(activated ? 'serves' : 'serves something else');`;

/** The programs of a user. */
const PROGRAMS = {
  'import.mjs': `
    import { ready, SystemdError } from 'readyd';
    console.log(await ready(), typeof SystemdError);`,
  'require.cjs': `
    const { ready, SystemdError } = require('readyd');
    ready().then((sent) => console.log(sent, typeof SystemdError));`,
  'notify.mjs': `
    import { barrier, notifySync, ready } from 'readyd';
    console.log(await ready('up'), notifySync({ status: 'grüße' }), await barrier());`,
  'journal.mjs': `
    import { journal } from 'readyd';
    const log = journal({ connect: 'always', identifier: 'matrix' });
    log.warning('two\\nlines', { answer: 42 });
    log.info('x'.repeat(1_000_000));
    await log.flush();`,
  'fds.mjs': `
    import { listenFds } from 'readyd';
    console.log(JSON.stringify([...listenFds()].map(({ name, kind }) => [name, kind])), process.env.LISTEN_FDS);`,
  'net.mjs': `
    import { createServer } from 'node:net';
    import { listen } from 'readyd';
    const server = createServer((socket) => { socket.end('hello'); server.close(); });
    ${LISTEN}`,
  'http.mjs': `
    import { createServer } from 'node:http';
    import { listen } from 'readyd';
    const server = createServer((request, response) => {
      response.setHeader('connection', 'close');
      response.end('hello');
      server.close();
    });
    try { ${LISTEN} } catch (error) { console.log(error.code, error.message); }`,
  'worker.mjs': `
    import { isMainThread, Worker } from 'node:worker_threads';
    import { notify, ready } from 'readyd';
    if (isMainThread) {
      for (let i = 0; i < 2; i += 1) {
        const worker = new Worker(new URL(import.meta.url));
        await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
      }
      console.log(await ready());
    } else await notify({ status: 'from a worker' });`,
  'service.mjs': `
    import { createServer } from 'node:http';
    import { listen, service } from 'readyd';

    await service({
      async start({ log, status }) {
        const server = createServer((request, response) => response.end('hello'));
        await listen(server, { name: 'web', fallback: { port: 0, host: '127.0.0.1' } });
        log.info('listening');
        status('serving');
        return server;
      },
      stop: (server) => void server.close(),
    });`,
  'manager.mjs': `
    import { createManager } from 'readyd/testing';
    const manager = await createManager({ listen: { web: '127.0.0.1:0' }, watchdog: 10_000 });
    try {
      const daemon = await manager.start(process.execPath, ['service.mjs']);
      await daemon.ready();
      await daemon.until('the entry', ({ journal }) => journal.some(({ fields }) => fields.MESSAGE === 'listening'));
      await daemon.until('the status', ({ status }) => status === 'serving');
      console.log(await (await fetch(manager.url('web'), { headers: { connection: 'close' } })).text());
      console.log((await daemon.stop()).result, daemon.messages.some(({ stopping }) => stopping));
    } finally {
      await manager.close();
    }`,
} as const;

type Program = keyof typeof PROGRAMS;

const packageLack = lackOfPackage();

beforeAll(() => {
  if (packageLack !== undefined) return;
  tarball = packInto(folder);
  writeProject(user);
  install('npm', user);
});

afterAll(() => rmSync(folder, { recursive: true }));

function writeProject(path: string): void {
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), '{ "name": "user", "private": true }');
  for (const [name, source] of Object.entries(PROGRAMS)) writeFileSync(join(path, name), source);
}

const INSTALLERS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  npm: ['npm', 'install', '--ignore-scripts', '--offline'],
  pnpm: [process.execPath, installed('pnpm', 'package/bin/pnpm.cjs'), 'add', '--ignore-scripts', '--offline'],
  yarn: [process.execPath, installed('yarn', 'package/bin/yarn.js'), 'add', '--ignore-scripts', '--offline'],
  bun: [installed('bun', 'bun'), 'add', '--ignore-scripts'],
};

function install(installer: string, cwd: string): void {
  const [command, ...args] = INSTALLERS[installer] ?? [];
  if (command === undefined || args.includes(undefined))
    throw new Error(`no ${installer}: test/runtimes.sh ${installer}`);
  execFileSync(command, [...args.filter((arg) => arg !== undefined), tarball], {
    cwd,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

interface Setting {
  /** In a shell that becomes the program, and so has its pid in $$. */
  readonly setUp?: string;
  readonly fds?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** What runs that shell. */
  readonly within?: readonly string[];
}

function start(runtime: Runtime, program: Program, { setUp = '', fds = [], env = {}, within = [] }: Setting = {}) {
  const [command, ...args] = [...within, 'sh', '-c', `${setUp} exec "$@"`, 'sh', ...runtime.command, program];
  return spawn(command, args, {
    cwd: user,
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    env: { PATH: process.env.PATH, HOME: folder, ...runtime.env, ...env },
  });
}

async function run(runtime: Runtime, program: Program, setting?: Setting): Promise<Ran> {
  const child = start(runtime, program, setting);
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes'); // what the types cannot know
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output, errors };
}

/** Runs a program on a listening socket with a client that came before it, as in socket activation. */
async function activate(runtime: Runtime, program: Program): Promise<Ran & { readonly answer: string }> {
  const fd = native().bindInet('127.0.0.1', 0, 0, 5);
  const facts = native().describe(fd, 0);
  if (typeof facts === 'number') throw new Error(`describe: ${facts}`);
  const client = connect(facts.port, '127.0.0.1');
  client.end('GET / HTTP/1.0\r\n\r\n');
  // If no program serves the connection, the kernel resets it when the socket closes.
  const answer = text(client).catch(() => '');
  const setUp = 'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web;';
  const ran = await run(runtime, program, { setUp, fds: [fd] });
  native().close(fd);
  return { ...ran, answer: await answer };
}

const PASSED = { code: 0, errors: '' };
const MOUNT =
  'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind "$JOURNAL" /run/systemd/journal &&';

async function untilReady(receiver: Receiver): Promise<void> {
  for (let count = 1; !receiver.messages.some((message) => /^READY=1$/m.test(message)); count += 1) {
    await receiver.arrived(count);
  }
}

/** What a cell of the table does, and what is in it where that is not `yes`. */
const CELLS: Readonly<Record<string, (runtime: Runtime) => Promise<string | undefined>>> = {
  async import(runtime) {
    expect(await run(runtime, 'import.mjs')).toEqual({ ...PASSED, output: 'false function\n' });
    return undefined;
  },
  async require(runtime) {
    // Node 20 and 22 print a warning on stderr that it is experimental.
    const { code, output } = await run(runtime, 'require.cjs');
    expect({ code, output }).toEqual({ code: 0, output: 'false function\n' });
    return undefined;
  },
  async notify(runtime) {
    await using receiver = createReceiver();
    const ran = await run(runtime, 'notify.mjs', { env: { NOTIFY_SOCKET: receiver.path } });
    expect(ran).toEqual({ ...PASSED, output: 'true true true\n' });
    expect(await receiver.arrived(3)).toEqual(['READY=1\nSTATUS=up', 'STATUS=grüße', 'BARRIER=1']);
    return undefined;
  },
  async journal(runtime) {
    await using journald = await fakeJournald();
    await journald.read();
    const within = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
    const env = { JOURNAL: dirname(journald.path) };
    expect(await run(runtime, 'journal.mjs', { setUp: MOUNT, within, env })).toEqual({ ...PASSED, output: '' });
    const [first, second] = await journald.arrived(2);
    expect(first?.fields).toMatchObject({
      MESSAGE: ['two\nlines'],
      PRIORITY: ['4'],
      SYSLOG_IDENTIFIER: ['matrix'],
      ANSWER: ['42'],
    });
    expect(second?.fields.MESSAGE?.[0]).toHaveLength(1_000_000);
    return undefined;
  },
  async listenFds(runtime) {
    const { answer: _, ...ran } = await activate(runtime, 'fds.mjs');
    expect(ran).toEqual({ ...PASSED, output: '[["web","tcp"]] undefined\n' });
    return undefined;
  },
  async net(runtime) {
    expect(await activate(runtime, 'net.mjs')).toEqual({ ...PASSED, output: 'serves\n', answer: 'hello' });
    return undefined;
  },
  async http(runtime) {
    const { answer, ...ran } = await activate(runtime, 'http.mjs');
    if (runtime.name.startsWith('Bun')) {
      expect(ran.output).toMatch(/^SD_ERR_STATE Bun \S+ cannot serve HTTP on a socket that was passed/);
      expect({ ...ran, answer }).toMatchObject({ ...PASSED, answer: '' });
      return 'an error';
    }
    expect(ran).toEqual({ ...PASSED, output: 'serves\n' });
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nhello$/s);
    return undefined;
  },
  async worker(runtime) {
    await using receiver = createReceiver();
    const ran = await run(runtime, 'worker.mjs', { env: { NOTIFY_SOCKET: receiver.path } });
    expect(ran).toEqual({ ...PASSED, output: 'true\n' });
    expect(await receiver.arrived(3)).toEqual(['STATUS=from a worker', 'STATUS=from a worker', 'READY=1']);
    return undefined;
  },
  async service(runtime) {
    await using receiver = createReceiver();
    const child = start(runtime, 'service.mjs', { env: { NOTIFY_SOCKET: receiver.path } });
    const exit = once(child, 'exit');
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += chunk));
    await Promise.race([untilReady(receiver), exit.then(() => Promise.reject(new Error(errors)))]);
    child.kill('SIGTERM');
    expect(await exit, errors).toEqual([0, null]);
    const told = receiver.messages.join('\n').split('\n');
    expect(told).toContain('STATUS=serving');
    expect(told).toContain('STOPPING=1');
    return undefined;
  },
};

/** A table of Markdown; columns are as wide as what is in them. */
class Table {
  readonly #rows = new Map<string, Map<string, string>>();

  set(row: string, column: string, content: string): void {
    const cells = this.#rows.get(row) ?? new Map<string, string>();
    this.#rows.set(row, cells.set(column, content));
  }

  lines(columns: readonly string[]): string[] {
    const rows = [...this.#rows].map(([name, cells]) => [
      name,
      ...columns.map((column) => cells.get(column) ?? 'NOT RUN'),
    ]);
    return [['', ...columns], ['---', ...columns.map(() => '---')], ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  }
}

const table = new Table();

const runtimes = allRuntimes();

describe.each(runtimes)('$name', (runtime) => {
  const lack = runtime.missing ?? packageLack;
  if (lack !== undefined) {
    testWith(lack, 'runs the package', () => undefined);
    return;
  }

  it.each(Object.entries(CELLS))('%s', async (column, cell) => {
    table.set(runtime.name, column, 'FAILED');
    table.set(runtime.name, column, (await cell(runtime)) ?? 'yes');
  });
});

describe('docs/runtimes.md', () => {
  testWith(packageLack, 'says what was seen', () => {
    const seen = table.lines(Object.keys(CELLS));
    console.log(`\n${seen.join('\n')}`);
    const said = readFileSync(join(root, 'docs/runtimes.md'), 'utf8').split('\n');
    expect(seen.filter((line) => !said.includes(line))).toEqual([]);
  });
});

describe.each(Object.keys(INSTALLERS))('installed by %s', (installer) => {
  const isMissing = INSTALLERS[installer]?.includes(undefined);
  const installerLack = { reason: `${installer} is not installed`, command: `test/runtimes.sh ${installer}` };
  const lack = isMissing ? installerLack : packageLack;
  if (lack !== undefined) {
    testWith(lack, 'runs a service', () => undefined);
    return;
  }
  const project = join(folder, installer);

  it('with scripts off, runs a service under the stand-in manager, and has the command', () => {
    writeProject(project);
    install(installer, project);
    expect(existsSync(join(project, 'node_modules/readyd/prebuilds'))).toBe(true);
    const options = { cwd: project, encoding: 'utf8', env: { PATH: process.env.PATH }, timeout: 60_000 } as const;
    expect(spawnSync(process.execPath, ['manager.mjs'], options)).toMatchObject({
      stdout: 'hello\nsuccess true\n',
      stderr: '',
      status: 0,
    });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(spawnSync('node_modules/.bin/readyd', ['--version'], options).stdout).toContain(version);
  });
});
