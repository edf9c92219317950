// Runs each block of a document that shows commands with their output on a real systemd: the commands must print the same.
// READYD_SHOW=1 prints the real output.
import { beforeAll, expect, test } from 'vitest';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { copyPackage, PACKAGE } from '../systemd/service.ts';
import { blocks, documents, unitsOf } from './blocks.ts';
import { type Command, commandsOf, expectShown } from './commands.ts';

const DOCUMENTS = ['docs/doctor.md', 'docs/journal.md', 'docs/sockets.md', 'docs/unit-files.md', 'docs/watchdog.md'];
const COMMANDS = DOCUMENTS.flatMap(commandsOf);
async function runAll(machine: Machine, commands: readonly Command[], folder = '/srv'): Promise<void> {
  expect(commands).not.toHaveLength(0);
  for (const command of commands) {
    const { stdout, stderr } = await machine.exec('sh', ['-c', `cd ${folder}; ${command.line}`]);
    if (process.env.READYD_SHOW) console.log(`${command.place}\n$ ${command.line}\n${stdout}${stderr}`);
    expectShown(stdout + stderr, command);
  }
}

const commandsWith = (document: string, text: string | RegExp): Command[] =>
  COMMANDS.filter(({ place, line }) => place.startsWith(document) && line.search(text) !== -1);

/** The first program of a page that has the text. */
function programOf(document: string, text: string): string {
  const program = [...blocks(document, 'ts'), ...blocks(document, 'js')].find(({ code }) => code.includes(text))?.code;
  if (program === undefined) throw new Error(`${document} has no program with ${text}`);
  return program;
}

/** A page with commands is here, or in the test that is named. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'README.md': 'test/docs/first-minute.test.ts',
  'docs/auto.md': 'test/programs/before-after.test.ts',
  'examples/': 'test/docs/example-consoles.test.ts',
};

const service = (path: string, more = ''): string =>
  `[Service]\nType=exec\nExecStart=${process.execPath} ${path}\n${more}`;

const seen = new Set<Command>();
const take = (...found: Command[][]): Command[] => {
  for (const command of found.flat()) seen.add(command);
  return found.flat();
};

describeOnSystemd(['trixie'], 'the output that the pages show', (machine) => {
  beforeAll(async () => {
    await copyPackage(machine());
    // The files that `npm install readyd` and `npm install --global readyd` install.
    const script = `mkdir -p /srv/node_modules && ln -s ${PACKAGE} /srv/node_modules/readyd
      printf '#!/bin/sh\nexec ${process.execPath} ${PACKAGE}/dist/cli/main.js "$@"\n' >/usr/local/bin/readyd
      chmod 755 /usr/local/bin/readyd`;
    await machine().exec('sh', ['-c', script], { check: true });
  });

  test('docs/journal.md: an entry and its fields', async () => {
    await machine().write('/srv/shop.mjs', programOf('docs/journal.md', "component: 'checkout'"));
    await machine().install({ 'shop.service': service('/srv/shop.mjs') });
    await machine().systemctl('start', 'shop');
    await machine().waitForProperty('shop.service', 'ActiveState', 'inactive');
    const catalog = blocks('docs/journal.md', 'text').find(({ code }) => code.startsWith('-- '))?.code ?? '';
    await machine().write('/usr/lib/systemd/catalog/shop.catalog', catalog);
    await machine().exec('journalctl', ['--update-catalog'], { check: true });
    await runAll(machine(), take(commandsWith('docs/journal.md', 'journalctl')));
  });

  test('docs/sockets.md: a socket that is started', async () => {
    const units = Object.fromEntries(
      unitsOf('docs/sockets.md')
        .slice(0, 2)
        .map(({ name, content }) => [name, content.replace('/usr/bin/node', process.execPath)]),
    );
    await machine().write('/srv/app/server.js', programOf('docs/sockets.md', 'listen('));
    await machine().write('/srv/app/package.json', '{ "type": "module" }');
    await machine().install(units);
    await runAll(machine(), take(commandsWith('docs/sockets.md', '')));
  });

  test('docs/unit-files.md: the units that it writes', async () => {
    const program = `import { createServer } from 'node:http';
      import { listen, reload, service, watchdog } from 'readyd';
      await service({ start: () => listen(createServer(), { name: 'web' }), reload: () => undefined });`;
    await machine().write('/srv/shop/server.js', program);
    await machine().write('/srv/shop/package.json', '{ "type": "module" }');
    await runAll(machine(), take(commandsWith('docs/unit-files.md', '')), '/srv/shop');
  });

  test('docs/doctor.md: what it finds', async () => {
    // Not at once: `--watch` looks at the state ten times a second at most.
    const wait = "import 'readyd'; await new Promise((resolve) => setTimeout(resolve, 2000));";
    await machine().write('/srv/throws.mjs', `${wait}\nthrow new Error('no configuration');\n`);
    await machine().write(
      '/srv/shell.mjs',
      "import { ready } from 'readyd';\nawait ready();\nsetInterval(() => undefined, 1e6);\n",
    );
    await machine().install({
      'throws.service': service('/srv/throws.mjs').replace('exec', 'notify'),
      'shell.service': `[Service]\nType=notify\nTimeoutStartSec=3600\nExecStart=/bin/sh -c "${process.execPath} /srv/shell.mjs; true"\n`,
    });
    await machine().systemctl('start', '--no-block', 'shell');
    await machine().exec('systemctl', ['start', 'throws']);
    const shell = commandsWith('docs/doctor.md', 'doctor shell');
    await machine().waitFor(async () =>
      (await machine().exec('readyd', ['doctor', 'shell'])).stdout.includes('not-main-process'),
    );
    const [watch, ...others] = take(
      commandsWith('docs/doctor.md', '--watch'),
      commandsWith('docs/doctor.md', /^(?!.*(--watch|doctor shell))/),
    );
    await runAll(machine(), [...others, ...take(shell)]);
    for (const command of watch === undefined ? [] : [watch]) {
      const script = `${command.line} >watched 2>&1 & until grep -q waiting watched; do sleep 0.1; done
        systemctl restart throws; wait; cat watched`;
      expectShown((await machine().exec('sh', ['-c', `cd /srv; ${script}`])).stdout, command);
    }
  });

  test('docs/watchdog.md: a check that fails, and an event loop that is blocked', async () => {
    const [unhealthy, checkLog, blocked, blockedLog] = take(commandsWith('docs/watchdog.md', /^/));
    const check = `import { journal, service } from 'readyd';
      import { existsSync } from 'node:fs';
      const database = () => { if (!existsSync('/srv/up')) throw new Error('connect ECONNREFUSED 10.0.0.5:5432'); return true; };
      await service({ start: () => setInterval(() => undefined, 1e6), watchdog: { checks: { database } } });`;
    await machine().write('/srv/check.mjs', check);
    await machine().write('/srv/shop/server.js', programOf('docs/watchdog.md', 'priceOf'));
    await machine().write('/srv/shop/package.json', '{ "type": "module" }');
    await machine().install({
      'check.service': `${service('/srv/check.mjs', 'WatchdogSec=60\n').replace('exec', 'notify')}`,
      'server.service': `${service('/srv/shop/server.js', 'WatchdogSec=3\n').replace('exec', 'notify')}`,
    });
    const onUnit = (command: Command | undefined, unit: string): Command[] =>
      command === undefined ? [] : [{ ...command, line: command.line.replace('shop', unit) }];
    await machine().start('check.service');
    await machine().waitForProperty('check.service', 'StatusText', /^unhealthy/);
    await runAll(machine(), onUnit(unhealthy, 'check'));
    await machine().write('/srv/up', '');
    await machine().waitFor(async () =>
      (await machine().journal('--unit=check')).some(({ MESSAGE }) => `${String(MESSAGE)}`.includes('healthy again')),
    );
    await runAll(machine(), onUnit(checkLog, 'check'));
    await machine().start('server.service');
    await machine().exec('sh', ['-c', 'curl -s http://127.0.0.1:8080/ >/dev/null & true']);
    await machine().waitForProperty('server.service', 'ActiveState', 'failed');
    await runAll(machine(), [...onUnit(blocked, 'server'), ...onUnit(blockedLog, 'server')]);
  });

  test('every command of these pages is run', () => {
    expect(COMMANDS.filter((command) => !seen.has(command))).toEqual([]);
  });
});

test('every page that shows commands is run, here or elsewhere', () => {
  const elsewhere = Object.keys(ELSEWHERE);
  const pages = documents().filter((page) => commandsOf(page).length > 0);
  expect(
    pages.filter((page) => !DOCUMENTS.includes(page) && !elsewhere.some((start) => page.startsWith(start))),
  ).toEqual([]);
});
