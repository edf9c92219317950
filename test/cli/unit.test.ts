import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith, testWith } from '../left-out.ts';
import { lackOfNode, runtime } from '../runtimes.ts';
import { bundleCommand } from './bundle.ts';
import { splitWords, valuesOf } from './unit/read-unit.ts';
import { analyzeLack, makeFolder, runUnit, verify } from './unit/run-unit.ts';

/** A program that does all that a unit may wait for. */
const SPEAKS = "import { listen, service } from 'readyd';\nawait service({ start: () => listen(), reload() {} });\n";

let folder: string;

beforeAll(() => {
  folder = makeFolder();
  for (const path of [
    'shop/package.json',
    'shop/server.js',
    'shop/src/worker.js',
    'alone/package.json',
    'alone/my program.mjs',
    'shop/Ünï.js',
    'mono/package.json',
    'mono/packages/api/package.json',
    'mono/packages/api/index.js',
    'pnpm/pnpm-workspace.yaml',
    'pnpm/api/package.json',
    'pnpm/api/index.js',
    'tool/package.json',
    'tool/cli.js',
    'types/server.ts',
    'types/server.mts',
    'shop/run.sh',
  ]) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), path.endsWith('.json') ? '{}' : SPEAKS);
  }
  writeFileSync(join(folder, 'mono/package.json'), '{ "workspaces": ["packages/*"] }');
  writeFileSync(join(folder, 'tool/package.json'), '{ "bin": { "tool": "cli.js" } }');
  writeFileSync(join(folder, 'tool/cli.js'), `#!/usr/bin/env node\n${SPEAKS}`);
  writeFileSync(join(folder, 'shop/run.sh'), '#!/bin/sh\n');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (args: string[], answers?: string[]) => runUnit(folder, args, answers);

describe('what it writes', () => {
  test('of a program alone', async () => {
    const { code, out, err } = await run(['--systemd', '257', 'shop/server.js']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^# shop\.service\n\[Unit\]\nDescription=shop\n/);
    expect(valuesOf(out, 'Type')).toEqual(['notify']);
    expect(splitWords(valuesOf(out, 'ExecStart')[0] ?? '')).toEqual([
      realpathSync(process.execPath),
      join(folder, 'shop/server.js'),
    ]);
    expect(valuesOf(out, 'WorkingDirectory')).toEqual([join(folder, 'shop')]);
    expect(valuesOf(out, 'DynamicUser')).toEqual(['yes']);
    expect(out).not.toMatch(/^MemoryDenyWriteExecute/m);
    expect(out).not.toContain('.socket');
  });

  test('of everything', async () => {
    const flags = (
      '--name big.service --watchdog 30s --reload --fd-store 9 --listen web=8080 --listen web=[::1]:8081 ' +
      '--listen admin=/run/admin.sock --listen udp:53 --state= --state other --cache c --logs l --runtime r ' +
      '--configuration k --credential token:/etc/token --credential key --run-as www-data --env P=50%'
    ).split(' ');
    flags.push('--env', 'A=b c', '--description', 'A 100% "big" one');
    // A program that is in no home, wherever this checkout is.
    const program = '/srv/readyd-none/my program.mjs';
    const { code, out } = await run([...flags, '--systemd', '253', program, '--', '--port=$X', 'a b']);
    expect(code).toBe(0);
    // nvm puts Node below a home, which adds a line.
    const elsewhere = out.replace(/^ProtectHome=tmpfs\nBindReadOnlyPaths=.*$/m, 'ProtectHome=yes');
    expect(elsewhere.replace(realpathSync(process.execPath), '/usr/bin/node')).toMatchSnapshot();
  });

  test.each([
    ['252', 'notify', ['/bin/kill -HUP $MAINPID']],
    ['253', 'notify-reload', []],
  ])('a service that reloads, for systemd %s', async (version, type, reload) => {
    const { out } = await run(['--reload', '--systemd', version, 'shop/server.js']);
    expect(valuesOf(out, 'Type')).toEqual([type]);
    expect(valuesOf(out, 'ExecReload')).toEqual(reload);
  });

  test.each([
    ['shop/server.js', 'shop'],
    ['shop/src/worker.js', 'worker'],
    ['alone/my program.mjs', 'my-program'],
    ['shop/Ünï.js', 'Uni'],
    ['tool/cli.js', 'tool'],
    ['mono/packages/api/index.js', 'api'],
  ])('%s is called %s', async (program, name) => {
    expect((await run([program])).out).toMatch(`# ${name}.service\n`);
  });

  const strips = runtime(24);
  const doesNot = runtime(20);

  testWith(lackOfNode(24), 'of TypeScript, for a Node that runs it', async () => {
    for (const file of ['types/server.ts', 'types/server.mts']) {
      const { code, out } = await run(['--node', strips ?? '', file]);
      expect([code, splitWords(valuesOf(out, 'ExecStart')[0] ?? '')[1]]).toEqual([0, join(folder, file)]);
    }
  });

  testWith(lackOfNode(20), 'of no TypeScript, for a Node that does not', async () => {
    const args = ['--node', doesNot ?? '', 'types/server.ts'];
    expect(await run(args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Node v20\.\S+ runs no TypeScript: compile it, or --node with 22\.18/) as string,
    });
    expect((await run(['--env', 'NODE_OPTIONS=--import=tsx', ...args])).code).toBe(0);
  });

  test('--help', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('--listen') as string,
    });
  });
});

describe('into a folder', () => {
  test('says what to do next, and replaces nothing unless told to', async () => {
    const units = join(folder, 'units');
    const args = ['--listen', '8080', '--output', 'units', 'shop/server.js'];
    const first = await run(args);
    expect(first).toMatchObject({ code: 0, out: '' });
    expect(first.err).toMatch(
      /^wrote .*shop\.service\nwrote .*shop\.socket\nthen: systemctl daemon-reload && .* --now shop\.socket shop\.service\n$/,
    );
    rmSync(join(units, 'shop.service'));
    expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining('--force') as string });
    expect(readdirSync(units)).toEqual(['shop.socket']);
    expect((await run(['--force', ...args])).code).toBe(0);
    expect(readFileSync(join(units, 'shop.socket'), 'utf8')).toContain('ListenStream=8080');
  });

  test('a folder that cannot exist is reported', async () => {
    const { code, err } = await run(['--output', 'shop/server.js', 'shop/server.js']);
    expect(code).toBe(1);
    expect(err).toMatch(/^readyd unit: .*server\.js'?\n$/);
  });

  test('a folder that cannot be made is reported', async () => {
    const { code, err } = await run(['--output', '/proc/readyd/units', 'shop/server.js']);
    expect(code).toBe(1);
    expect(err).toMatch(/^readyd unit: .*\/proc\/readyd'?\n$/);
  });
});

describe('what is refused', () => {
  test.each([
    [[], /which program/],
    [[''], /not a file/],
    [['a\0b.js'], /control characters/],
    [['a\nb.js'], /line break/],
    [['n'.repeat(300)], /it cannot be a file: ENAMETOOLONG/],
    [['none/package.json'], /it is no program/],
    [['shop'], /not a file/],
    [['/dev/null'], /not a file/],
    [['--colour', 'shop/server.js'], /Unknown option '--colour'/],
    [['--listen'], /--listen/],
    [['--listen', 'localhost:80', 'shop/server.js'], /no host names/],
    [['--watchdog', 'often', 'shop/server.js'], /--watchdog/],
    [['--fd-store', 'x', 'shop/server.js'], /--fd-store/],
    [['--state', '/var/lib/x', 'shop/server.js'], /--state/],
    [['--env', 'A=b\nUser=root', 'shop/server.js'], /line break/],
    [['--description', 'a\nUser=root', 'shop/server.js'], /line break/],
    [['--name', 'a/b', 'shop/server.js'], /--name/],
    [['--run-as', 'a b', 'shop/server.js'], /--run-as/],
    [['--run-as', 'root', 'shop/server.js'], /by hand/],
    [['--node', '/none', 'shop/server.js'], /--node/],
    [['--systemd', 'new', 'shop/server.js'], /--systemd/],
    [['shop/server.js', 'a\0b'], /control characters/],
    [['tool'], /it is not a file; its package\.json has 'cli\.js'/],
    [['tool/package.json'], /it is no program; its package\.json has 'cli\.js'/],
    [['shop/run.sh'], /another interpreter than Node: \/bin\/sh/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toMatch(/^readyd unit: .*\n$/);
  });
});

describe('questions', () => {
  test('are asked on a terminal where nothing is given, and again where an answer will not do', async () => {
    const answers = ['', 'shop/server.js', '', 'nowhere', 'web=8080', '', 'perhaps', 'yes', 'y', ''];
    const { code, out, err } = await run([], answers);
    expect(code).toBe(0);
    expect(err).toContain('  the path of a JavaScript file\n');
    expect(err).toContain('  --listen "nowhere"');
    expect(valuesOf(out, 'WatchdogSec')).toEqual(['30s']);
    expect(valuesOf(out, 'StateDirectory')).toEqual(['shop']);
    expect(valuesOf(out, 'FileDescriptorName')).toEqual(['web']);
  });

  test('are about what the program supports, and say what it does not', async () => {
    writeFileSync(join(folder, 'plain.mjs'), `setInterval(() => {}, 1000);\n`);
    const { code, out, err } = await run([], ['npm start', 'plain.mjs', 'perhaps', 'server', 'plain', 'no', '']);
    expect({ code, type: valuesOf(out, 'Type'), watchdog: valuesOf(out, 'WatchdogSec') }).toEqual({
      code: 0,
      type: ['exec'],
      watchdog: [],
    });
    expect(err).toContain('  the program "npm start": a service starts the program itself, without npm');
    expect(err).toContain('  server or job?\n');
    for (const text of ['it takes no socket from systemd', 'it sends no watchdog pings', 'it does not handle SIGHUP'])
      expect(err).toContain(`  ${text}: no `);
  });

  test('find a job, and a program that sends READY and reloads', async () => {
    writeFileSync(join(folder, 'job.mjs'), `console.log('done');\n`);
    const job = await run([], ['job.mjs', 'job', '', '', '']);
    expect([job.code, valuesOf(job.out, 'Type')]).toEqual([0, ['oneshot']]);
    writeFileSync(
      join(folder, 'ready.mjs'),
      `import { ready, reload } from 'readyd';\nreload(() => {});\nawait ready();\n`,
    );
    const ready = await run([], ['ready.mjs', '', 'yes', '', '']);
    expect(ready.err).toContain('  it sends READY: Type=notify\n');
    expect([ready.code, valuesOf(ready.out, 'Type')[0]]).toEqual([0, expect.stringMatching(/^notify(-reload)?$/)]);
  });

  test('that are not answered write nothing', async () => {
    expect(await run([], ['shop/server.js'])).toMatchObject({ code: 1, out: '' });
  });

  test('on a real terminal', async () => {
    const command = [process.execPath, ...(await bundleCommand('unit', 'terminal'))].map(
      (word) => `'${word.replaceAll("'", `'"'"'`)}'`,
    );
    const child = execFile('script', ['-qec', `${command.join(' ')} >out.txt`, '/dev/null'], { cwd: folder });
    let seen = '';
    const answers = ['shop/server.js', 'asked', '8080', 'none', '', '', ''];
    child.stdout?.on('data', (text: string) => {
      // readline moves the cursor about.
      seen += text.replace(/\x1b\[\d*[A-Z]/g, '');
      if (/\? (\[[^\]]*\] )?$/.test(seen)) {
        seen = '';
        child.stdin?.write(`${answers.shift() ?? ''}\n`);
      }
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toMatch(/^# asked\.service\n.*# asked\.socket\n/s);
  });
});

describeWith(analyzeLack, 'systemd-analyze', () => {
  test.each([
    ['plain', []],
    ['socket', ['--listen', 'web=127.0.0.1:8080', '--listen', 'admin=/run/my admin.sock', '--watchdog', '30s']],
    ['user', ['--user', 'www-data', '--state=', '--env', 'A=%n "$x" \\', '--credential', 'a:/etc/100%']],
    ['reload', ['--reload', '--fd-store', '4', '--description', '100% "sure" \\o/']],
  ])('verifies %s and finds little to bother about', async (name, flags) => {
    const { code, err } = await run([
      ...flags,
      '--name',
      name,
      '--output',
      `verify/${name}`,
      'alone/my program.mjs',
      'a"b',
    ]);
    expect(err).not.toContain('readyd unit:');
    expect(code).toBe(0);
    expect(verify(join(folder, 'verify', name))).toMatch(/exposure level for \S+: (0\.\d|1\.[0-5]) OK/);
  });
});
