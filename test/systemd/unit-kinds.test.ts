// For each kind of Node program, the unit that readyd unit writes: it is safe enough, starts, serves, is reloaded, restarts its
// socket, and stops. All of them run in one machine, side by side.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleCommand } from '../cli/bundle.ts';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { KINDS, type Kind } from './unit/kinds.ts';

let command: string[];

beforeAll(async () => {
  command = await bundleCommand('unit', 'kinds');
});

/** The package where a service of any user finds it: above all programs. */
const COPY = `
  mkdir -p /srv/kinds/node_modules/readyd/build/Release /run/unit-kinds &&
  cp -r "$1/dist" "$1/package.json" /srv/kinds/node_modules/readyd &&
  cp "$1/build/Release/readyd.node" /srv/kinds/node_modules/readyd/build/Release &&
  mkdir -p /srv/kinds/release && ln -sfn releases/1 /srv/kinds/release/current &&
  chmod -R go+rX /srv/kinds`;

const WRITE = `const fs = require('fs'), path = require('path');
  for (const [file, text] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8')))) {
    fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text);
  }`;

/** What asks, in the machine; it prints the answer. */
const ASK = `const [how, at] = process.argv.slice(1);
  if (how === 'udp') {
    const socket = require('dgram').createSocket('udp4');
    const send = () => socket.send('?', Number(at), '127.0.0.1');
    socket.on('message', (text) => { console.log(String(text)); process.exit(); });
    send(); setInterval(send, 500);
  } else require('http').get(how === 'path' ? { socketPath: at } : { host: '127.0.0.1', port: at }, (r) => r.pipe(process.stdout));`;

async function answer(machine: Machine, kind: Kind, port: number): Promise<string> {
  const { answers } = kind;
  if (answers === 'nothing') return 'ok';
  if (typeof answers === 'object' && 'file' in answers) {
    await machine.waitFor(async () => (await machine.exec('test', ['-s', answers.file])).code === 0);
    return (await machine.exec('cat', [answers.file])).stdout;
  }
  const [how, at] = typeof answers === 'object' ? ['path', answers.path] : [answers, `${port}`];
  const ask = async () => (await machine.exec(process.execPath, ['-e', ASK, how, at])).stdout.trim() || undefined;
  // What does not send READY counts as started before it listens.
  return await machine.waitFor(ask, 20_000);
}

describeOnSystemd(['host'], 'a unit for a program', (machine) => {
  const all = Object.entries<Kind>(KINDS).map(([name, kind], index) => ({ name, kind, port: 7300 + index }));

  beforeAll(async () => {
    await machine().exec('sh', ['-c', COPY, 'copy', packageRoot()], { check: true });
    const files = all.flatMap(({ name, kind }) => {
      const own = kind.text === undefined ? {} : { [kind.main ?? 'server.mjs']: kind.text };
      return Object.entries({ ...own, ...kind.files }).map(([path, text]) => [join('/srv/kinds', name, path), text]);
    });
    const input = JSON.stringify(Object.fromEntries(files));
    await machine().exec(process.execPath, ['-e', WRITE], { input, check: true });
  });

  test('there are as many kinds as there are meant to be', () => {
    expect(all.length).toBeGreaterThanOrEqual(30);
  });

  describe.concurrent('of the kind', () => {
    test.each(all)('$name', async ({ name, kind, port }) => {
      const fill = (text: string) => text.replaceAll('PORT=PORT', `PORT=${port}`).replaceAll(':PORT', `:${port}`);
      const flags = fill(kind.flags ?? '')
        .split(' ')
        .filter((word) => word !== '');
      const named = flags.includes('--name') ? [] : ['--name', `kind-${name}`];
      const args = kind.args === undefined ? [] : ['--', ...kind.args.split(' ')];
      const program = join('/srv/kinds', name, kind.main ?? 'server.mjs');
      const argv = [...command, '-o', '/run/systemd/system', ...named, ...flags, program, ...args];
      await machine().exec(process.execPath, argv, { check: true });
      await machine().systemctl('daemon-reload');
      const instance = kind.instance === undefined ? '' : `@${kind.instance.replace('PORT', `${port}`)}`;
      const unit = `kind-${name}${instance}.service`;
      const socket = unit.replace('.service', '.socket');
      const file = `/run/systemd/system/kind-${name}${instance === '' ? '' : '@'}.service`;
      const security = ['security', '--offline=true', '--threshold=15', '--no-pager', file];
      const { code, stdout } = await machine().exec('systemd-analyze', security);
      expect([code, /exposure level for \S+: (\S+)/.exec(stdout)?.[1]]).toEqual([
        0,
        expect.stringMatching(/^[01]\.\d$/),
      ]);

      await machine().start(kind.socket ? socket : unit);
      expect(await answer(machine(), kind, port)).toBe('ok');
      if (kind.job) return;
      expect(await machine().show(unit, 'ActiveState')).toBe('active');
      if (kind.reload) await machine().reload(unit);
      if (kind.socket) {
        await machine().systemctl('restart', socket);
        expect(await answer(machine(), kind, port)).toBe('ok');
      }
      await machine().systemctl('stop', ...(kind.socket ? [socket] : []), unit);
      expect(await machine().show(unit, 'Result')).toBe('success');
      expect(await machine().show(unit, 'NRestarts')).toBe('0');
    });
  });
});
