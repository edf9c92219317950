// A unit that `readyd unit` writes starts and serves, with all its hardening.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { bundleCommand, bundleModule } from '../cli/bundle.ts';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';

/** Returns its environment, after it has used what V8 and Node need: code made at run time, threads, files. */
const PROGRAM = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { credential, directories, fdStore, journal, listen, service } from 'READYD';
let reloads = 0;
let sum = 0;
for (let i = 0; i < 1e6; i += 1) sum += Math.imul(i, 3);
await new Promise((resolve) => new Worker('setTimeout(() => {}, 10)', { eval: true }).once('exit', resolve));
await service({
  async start() {
    for (const folder of [directories.state, directories.cache, directories.logs, directories.runtime].flat())
      writeFileSync(folder + '/proof', 'kept');
    const facts = () => JSON.stringify({
      sum, reloads, argv: process.argv.slice(2), env: process.env.STRANGE, token: credential('token')?.toString(),
      state: directories.state, fdStore: fdStore.capacity, uid: process.getuid(), cwd: process.cwd(),
      watchdog: process.env.WATCHDOG_USEC, limit: readFileSync('/proc/self/limits', 'utf8').match(/Max open files +(\\d+)/)[1],
    });
    const server = createServer((request, response) => response.end(facts()));
    await listen(server, process.argv[2] === 'own' ? { fallback: 8099 } : { name: 'web' });
    journal().info('it serves');
    return server;
  },
  reload() { reloads += 1; },
  stop(server) { server.close(); },
});
`;

const STRANGE = ` 100% "q" 'a' \\ $HOME $$ ;#é\tx`;

interface Facts {
  argv: string[];
  env?: string;
  token?: string;
  state: string[];
  fdStore: number;
  uid: number;
  cwd: string;
  reloads: number;
  limit: string;
}

let command: string[];
let readyd: string;

/** Where every service can read it, whatever it may see of the checkout. */
const INSTALLED = '/srv/readyd';
const program = () => PROGRAM.replace('READYD', `${INSTALLED}/build/index.js`);

beforeAll(async () => {
  command = await bundleCommand('unit', 'systemd');
  readyd = await bundleModule('index.ts', 'unit');
});

async function installReadyd(machine: Machine, folder: string): Promise<void> {
  const addon = join(packageRoot(), 'build/Release/readyd.node');
  await machine.exec('mkdir', ['-p', `${folder}/build/Release`], { check: true });
  await machine.exec('cp', [readyd, `${folder}/build/index.js`], { check: true });
  await machine.exec('cp', [addon, `${folder}/build/Release`], { check: true });
  await machine.exec('chmod', ['-R', 'go+rX', folder], { check: true });
}

async function generate(machine: Machine, args: readonly string[], cwd = '/'): Promise<void> {
  const script = 'cd "$1" && shift && exec "$@"';
  const argv = [process.execPath, ...command, '--output', '/run/systemd/system', '--force', ...args];
  await machine.exec('sh', ['-c', script, 'sh', cwd, ...argv], { check: true });
  await machine.systemctl('daemon-reload');
}

async function ask(machine: Machine, options: object): Promise<Facts> {
  const script = `http.get(${JSON.stringify(options)}, (response) => response.pipe(process.stdout))`;
  const { stdout } = await machine.exec(process.execPath, ['-e', script], { check: true });
  return JSON.parse(stdout) as Facts;
}

async function expectSound(machine: Machine, unit: string, ...sockets: string[]): Promise<void> {
  const paths = [unit, ...sockets].map((file) => `/run/systemd/system/${file}`);
  const verified = await machine.exec('systemd-analyze', ['verify', ...paths]);
  expect([verified.code, verified.stderr.split('\n').filter((line) => line.includes(unit))]).toEqual([0, []]);
  const args = ['security', '--offline=true', '--threshold=15', '--no-pager', paths[0] ?? ''];
  const { code, stdout } = await machine.exec('systemd-analyze', args);
  expect(stdout).toMatch(/exposure level for \S+: (0\.\d|1\.[0-5]) OK/);
  expect(code).toBe(0);
}

describeOnSystemd(['host', 'trixie', 'sid'], 'a unit that was written by readyd', (machine) => {
  beforeAll(() => installReadyd(machine(), INSTALLED));

  test('with everything: activated, reloaded, stopped', async () => {
    await machine().write('/srv/a shop/100%/server.mjs', program());
    await machine().write('/etc/my-100%-$token', 'sesame');
    const flags = (
      '--name shop --watchdog 5s --reload --fd-store 4 --listen web=127.0.0.1:8080 ' +
      '--state= --state more --cache shop --logs shop --runtime shop --configuration shop'
    ).split(' ');
    const own = [
      '--description',
      'A 100% "shop" $HOME',
      '--credential',
      'token:/etc/my-100%-$token',
      '--env',
      `STRANGE=${STRANGE}`,
    ];
    await generate(machine(), [...flags, ...own, 'server.mjs', '--', STRANGE, '', '--x=%n', ';'], '/srv/a shop/100%');
    await expectSound(machine(), 'shop.service', 'shop.socket');
    await machine().start('shop.socket');
    const facts = await ask(machine(), { host: '127.0.0.1', port: 8080 });
    expect(facts).toMatchObject({
      argv: [STRANGE, '', '--x=%n', ';'],
      env: STRANGE,
      token: 'sesame',
      state: expect.arrayContaining(['/var/lib/shop', '/var/lib/more']) as string[],
      cwd: '/srv/a shop/100%',
      watchdog: '5000000',
      fdStore: machine().version >= 254 ? 4 : 0,
    });
    expect(facts.uid).toBeGreaterThan(1000);
    expect(Number(facts.limit)).toBeGreaterThan(1024);
    expect(await machine().show('shop.service', 'Description')).toBe('A 100% "shop" $HOME');
    expect(await machine().show('shop.service', 'Type')).toBe(machine().version >= 253 ? 'notify-reload' : 'notify');
    await machine().reload('shop.service');
    await machine().waitFor(async () => (await ask(machine(), { host: '127.0.0.1', port: 8080 })).reloads === 1);
    await machine().systemctl('stop', 'shop.socket', 'shop.service');
    expect(await machine().show('shop.service', 'Result')).toBe('success');
    const [entry] = await machine().journal('--unit=shop', '--grep=it serves');
    expect(entry?._TRANSPORT).toBe('journal');
  });

  test('with sockets of several names, one of them a path', async () => {
    await machine().write('/srv/two/server.mjs', program());
    await generate(machine(), [
      '--name',
      'two',
      '--listen',
      'web=/run/two/web.sock',
      '--listen',
      'admin=9090',
      '/srv/two/server.mjs',
    ]);
    await expectSound(machine(), 'two.service', 'two.socket', 'two-admin.socket');
    // systemctl starts it, not a request: the service gets all sockets in both cases.
    await machine().start('two.service');
    expect(await machine().show('two-admin.socket', 'ActiveState')).toBe('active');
    expect((await ask(machine(), { socketPath: '/run/two/web.sock' })).argv).toEqual([]);
    await machine().systemctl('stop', 'two.service', 'two.socket', 'two-admin.socket');
  });

  test.each([
    { name: 'home', root: '/home/me/app', place: '/home/me/app', manifest: {} },
    // What it imports is beside it, at the root of the workspace.
    {
      name: 'space',
      root: '/home/me/mono',
      place: '/home/me/mono/packages/api',
      manifest: { workspaces: ['packages/*'] },
    },
  ])('in a $name that is closed to others, with a port of its own', async ({ name, root, place, manifest }) => {
    const folder = `${root}/readyd`;
    await machine().write(`${place}/server.mjs`, PROGRAM.replace('READYD', `${folder}/build/index.js`));
    await installReadyd(machine(), folder);
    await machine().write(`${place}/package.json`, '{"type":"module"}');
    await machine().write(`${root}/package.json`, JSON.stringify({ type: 'module', ...manifest }));
    await machine().exec('chmod', ['700', '/home/me'], { check: true });
    await generate(machine(), ['--name', name, `${place}/server.mjs`, 'own']);
    await expectSound(machine(), `${name}.service`);
    await machine().start(`${name}.service`);
    expect((await ask(machine(), { host: '127.0.0.1', port: 8099 })).cwd).toBe(place);
    await machine().stop(`${name}.service`);
  });
});
