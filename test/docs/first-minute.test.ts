// The first minute of README.md, word for word: its program runs under the stand-in, and then on the real systemd with the
// unit files that its `readyd unit` command writes. `systemctl status` must print the text in README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../examples/install.ts';
import { packageRoot } from '../systemd/boot.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { blocks } from './blocks.ts';

const root = packageRoot();
const PROGRAM = blocks('README.md', 'js').find(({ code }) => code.includes('await service('))?.code ?? '';
const commandsOf = (document: string) => blocks(document, 'sh').flatMap(({ code }) => code.trim().split('\n'));
const COMMANDS = commandsOf('README.md');
const commandWith = (text: string) => COMMANDS.find((command) => command.includes(text)) ?? '';
const MAIN = join(root, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'readyd-first-'));

/** The arguments of a `npx readyd …` command in README.md. */
const wordsOf = (command: string) => command.replace(/^npx readyd /, '').split(' ');

beforeAll(() => {
  // The files that `npm install readyd` installs.
  const installed = join(folder, 'node_modules/readyd');
  mkdirSync(join(installed, 'build/Release'), { recursive: true });
  for (const name of ['package.json', 'dist', 'build/Release/readyd.node']) {
    cpSync(join(root, name), join(installed, name), { recursive: true });
  }
  writeFileSync(join(folder, 'server.mjs'), PROGRAM);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describe('under the stand-in', () => {
  test('the command of README.md serves a request on the socket that it binds', async () => {
    const port = String(await freePort());
    const args = wordsOf(commandWith('readyd run')).map((word) => word.replace('8080', port));
    expect(args.slice(0, 2)).toEqual(['run', '--listen']);
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      // The test goes on reading stdout. The end of a `for await` would close stdout, and the command would exit with EPIPE.
      let shown = '';
      await new Promise<void>((resolve, reject) => {
        child.once('exit', () => reject(new Error(`the command ended after: ${shown}`)));
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          shown += chunk;
          if (shown.includes('READY=1')) resolve();
        });
      });
      expect(shown).toContain(`STATUS=listens on [::]:${port} (web)`);
      const answer = fetch(`http://localhost:${port}/`).then((response) => response.text());
      await expect(answer, shown).resolves.toBe('hello\n');
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });
});

/** Replaces the parts that differ between runs: times, pids, sizes. */
function steady(status: string): string {
  return status
    .replaceAll(/^.*Invocation: .*\n/gm, '')
    .replaceAll(/since .*/g, 'since …')
    .replaceAll(/\b\d+ \(node\)/g, '1 (node)')
    .replaceAll(/─\d+ /g, '─1 ')
    .replaceAll(/(CPU|Memory|Tasks): .*/g, '$1: …')
    .replaceAll(/^\w{3} \d\d \d\d:\d\d:\d\d \S+ (\w+)\[\d+\]/gm, '$1[1]')
    .replaceAll(/^ *(Memory|Tasks): .*\n/gm, '')
    .replaceAll('/usr/bin/node', 'node')
    .replaceAll(process.execPath, 'node')
    .trim();
}

/** Root runs the commands that install the service, unchanged; npx is replaced by the command that it would run. */
async function install(machine: Machine, to: string, commands: readonly string[], program: string): Promise<void> {
  const script = commands
    .slice(commands.findIndex((command) => command.startsWith('npx readyd unit')))
    .filter((command) => /^(npx readyd unit|sudo (cp|systemctl)) /.test(command))
    .join(' && ')
    .replaceAll('sudo ', '')
    .replace('npx readyd', 'node node_modules/readyd/dist/cli/main.js');
  const prepare = `cp -r ${folder} ${to} && chmod 755 ${to}`;
  await machine.exec('sh', ['-c', prepare], { check: true });
  await machine.write(`${to}/server.mjs`, program);
  await machine.exec('sh', ['-c', `cd ${to} && ${script}`], { check: true });
}

describeOnSystemd(
  ['host', 'trixie'],
  'the first minute',
  (machine, target) => {
    test('its unit and its socket serve a request, and systemctl status is as README.md shows it', async () => {
      await install(machine(), '/srv/server', COMMANDS, PROGRAM);
      expect(await get(machine())).toBe('hello\n');
      const shown = (await machine().exec('systemctl', ['status', '--no-pager', 'server'])).stdout;
      if (process.env.READYD_SHOW) console.log(shown);
      const said = blocks('README.md', 'console').find(({ code }) =>
        code.startsWith('$ systemctl status server'),
      )?.code;
      if (target === 'trixie') expect(steady(shown)).toBe(steady(said?.split('\n').slice(1).join('\n') ?? ''));
      await machine().systemctl('restart', 'server');
      expect(await get(machine())).toBe('hello\n');
      await machine().systemctl('stop', 'server.socket', 'server');
      expect(await machine().show('server.service', 'Result')).toBe('success');
    });

    test('the unit and the socket of docs/quick-start.md serve a request, and the journal finds it', async () => {
      const page = 'docs/quick-start.md';
      // A folder with another name than the unit.
      await install(machine(), '/srv/shop', commandsOf(page), blocks(page, 'js')[0]?.code ?? '');
      expect(await get(machine())).toBe('hello\n');
      await machine().waitFor(async () => (await machine().journal('-u', 'server', 'METHOD=GET')).length === 1);
      await machine().systemctl('stop', 'server.socket', 'server');
      expect(await machine().show('server.service', 'Result')).toBe('success');
    });
  },
  { binds: [folder] },
);
