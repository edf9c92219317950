// `readyd unit` for programs that are not on this machine, that the service may not read, or that it sees at another path.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../../left-out.ts';
import { splitWords, valuesOf } from './read-unit.ts';
import { analyzeLack, makeFolder, runUnit, verify } from './run-unit.ts';

let folder: string;

beforeAll(() => {
  folder = makeFolder();
  mkdirSync(join(folder, 'shop/src'), { recursive: true });
  writeFileSync(join(folder, 'shop/package.json'), '{}');
  for (const file of ['shop/server.js', 'shop/src/worker.js'])
    writeFileSync(join(folder, file), "import { service } from 'readyd';\nservice();\n");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (args: string[]) => runUnit(folder, args);

describe('a program that others may not read', () => {
  const closed = (mode: number, ...path: string[]) => {
    chmodSync(join(folder, ...path), mode);
    onTestFinished(() => chmodSync(join(folder, ...path), 0o755));
  };

  test.each([[['shop/src/worker.js']], [['shop/src']], [['shop']]])('%j is reported', async (path) => {
    closed(0o750, ...path);
    const { code, err } = await run(['shop/src/worker.js']);
    expect([code, err]).toEqual([
      0,
      `note: '${join(folder, ...path)}' is closed to others, and so to the service: chmod -R o+rX, or --run-as\n`,
    ]);
    expect((await run(['--run-as', 'www-data', 'shop/src/worker.js'])).err).toBe('');
  });
});

describe('a program that is not on this machine', () => {
  const note = (path: string) =>
    `note: '${path}' is not on this machine, and was not looked at: the unit is for one that has it there\n`;

  test.each([
    ['nothing.js', 'nothing'],
    ['shop/dist/main.js', 'shop'],
    ['shop/server.js/below.js', 'below'],
  ])('%s gets a unit, and a note', async (program, name) => {
    const { code, out, err } = await run([program]);
    expect([code, err]).toEqual([0, note(join(folder, program))]);
    expect(out).toMatch(`# ${name}.service\n`);
    expect(splitWords(valuesOf(out, 'ExecStart')[0] ?? '')[1]).toBe(join(folder, program));
  });

  test('in a package that is: not built yet', async () => {
    expect(valuesOf((await run(['shop/dist/main.js'])).out, 'WorkingDirectory')).toEqual([join(folder, 'shop')]);
  });

  test('in a place that is not here either, a home', async () => {
    const { code, out, err } = await run(['/home/readyd-nobody/app/server.js']);
    expect([code, err]).toEqual([0, note('/home/readyd-nobody/app/server.js')]);
    expect(valuesOf(out, 'WorkingDirectory')).toEqual(['/home/readyd-nobody/app']);
    expect(valuesOf(out, 'ProtectHome')).toEqual(['tmpfs']);
    expect(valuesOf(out, 'BindReadOnlyPaths')[0]?.split(' ')).toContain('/home/readyd-nobody/app');
  });

  test('in a home, without a folder for it', async () => {
    const { out } = await run(['/root/readyd-none.js']);
    expect(valuesOf(out, 'ProtectHome')).toEqual(['tmpfs']);
    expect(valuesOf(out, 'BindReadOnlyPaths')[0]?.split(' ')).toContain('/root');
  });

  test('for a user who may not read it', async () => {
    const path = join(folder, 'shop/secret.js');
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o600 });
    onTestFinished(() => rmSync(path));
    if (process.getuid?.() === 0) process.seteuid?.(65_534);
    else chmodSync(path, 0);
    const { code, err } = await run(['--user', 'www-data', path]).finally(() =>
      process.seteuid?.(process.getuid?.() ?? 0),
    );
    expect([code, err]).toEqual([0, `note: '${path}' cannot be read by you, and was not looked at\n`]);
  });
});

describe('a program in a place that the service does not see', () => {
  /** The paths that the unit shows to its service; also those of this checkout or of Node, where it is below a home. */
  async function boundBy(...args: string[]): Promise<string[]> {
    const { out } = await run(args);
    return valuesOf(out, 'BindReadOnlyPaths').flatMap(splitWords);
  }

  const note = (path: string, place: string, it = 'it') =>
    `note: '${path}' is in ${place}, of which the service has a private one: the unit shows ${it} there by ` +
    `BindReadOnlyPaths=, and does not start once ${place} was cleared; better put it into /srv or /opt\n`;

  /** An empty program, somewhere in a new folder in a place. */
  function placeIn(place: string, path: string): string {
    const made = mkdtempSync(join(place, 'readyd-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    chmodSync(made, 0o755);
    mkdirSync(join(made, path, '..'), { recursive: true });
    writeFileSync(join(made, path), '');
    return made;
  }

  test.each(['/tmp', '/var/tmp'])('%s: its folder is shown to it, with a note', async (place) => {
    const made = placeIn(place, 'src/server.js');
    writeFileSync(join(made, 'package.json'), '{}');
    const { code, out, err } = await run([join(made, 'src/server.js')]);
    expect([code, err]).toEqual([0, note(made, place)]);
    expect(valuesOf(out, 'WorkingDirectory')).toEqual([made]);
    expect(valuesOf(out, 'PrivateTmp')).toEqual(['yes']);
    expect(valuesOf(out, 'ProtectHome')).toEqual(['yes']);
    expect(valuesOf(out, 'BindReadOnlyPaths')).toEqual([made]);
  });

  test('directly in /tmp: of what all have there it is shown nothing but itself', async () => {
    const program = `${placeIn('/tmp', 'x')}.js`;
    writeFileSync(program, '');
    onTestFinished(() => rmSync(program));
    const { code, out, err } = await run([program]);
    expect([code, err]).toEqual([0, note(program, '/tmp', 'that file, and nothing beside it,')]);
    expect(valuesOf(out, 'BindReadOnlyPaths')).toEqual([program]);
  });

  test.each([
    ['/dev/shm/readyd-none/app.js', '/dev/shm/readyd-none', '/dev', 'yes'],
    ['/run/user/4711/app/app.js', '/run/user/4711/app', '/run/user', 'tmpfs'],
  ])('%s, which is not here either', async (program, shown, place, home) => {
    const { code, out, err } = await run([program]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^note: .* is not on this machine,.*\n/)]);
    expect(err).toContain(note(shown, place));
    expect(valuesOf(out, 'ProtectHome')).toEqual([home]);
    expect(valuesOf(out, 'BindReadOnlyPaths')).toEqual([shown]);
  });

  test('behind a link', async () => {
    const made = placeIn('/tmp', 'server.js');
    writeFileSync(join(made, 'package.json'), '{}');
    symlinkSync(made, join(folder, 'current'));
    symlinkSync(join(made, 'server.js'), join(folder, 'shop/linked.js'));
    onTestFinished(() => {
      rmSync(join(folder, 'current'));
      rmSync(join(folder, 'shop/linked.js'));
    });
    // The unit has the path of the link, so that the link may point to another release later.
    expect(await boundBy('current/server.js')).toContain(join(folder, 'current'));
    expect(await boundBy('current/server.js')).not.toContain(made);
    expect(await boundBy('shop/linked.js')).toContain(made);
  });

  test('a Node there', async () => {
    const made = placeIn('/tmp', 'bin/node');
    chmodSync(join(made, 'bin/node'), 0o755);
    const { code, out, err } = await run(['--node', join(made, 'bin/node'), 'shop/server.js']);
    expect([code, err]).toEqual([0, note(made, '/tmp')]);
    expect(valuesOf(out, 'BindReadOnlyPaths').flatMap(splitWords)).toContain(made);
  });

  test('and that others may not read', async () => {
    const made = placeIn('/tmp', 'server.js');
    chmodSync(made, 0o700);
    const { err } = await run([join(made, 'server.js')]);
    expect(err).toBe(
      `${note(made, '/tmp')}note: '${made}' is closed to others, and so to the service: chmod -R o+rX, or --run-as\n`,
    );
  });
});

test('a program in the home of root is not called like root, as whom systemd would run it', async () => {
  const { code, out } = await runUnit(folder, ['/root/readyd-none/server.js']);
  expect([code, out.includes('readyd-none.service')]).toEqual([0, true]);
  const { out: at } = await runUnit(folder, ['/root/server.js']);
  expect(at).toMatch(/server\.service/);
});

describeWith(analyzeLack, 'systemd-analyze', () => {
  test.each([
    ['temporary', '/tmp/readyd-none/my app/server.js'],
    ['single', '/var/tmp/readyd-none.js'],
    ['absent', '/srv/readyd-none/server.js'],
  ])('verifies one that is %s', async (name, program) => {
    expect((await run(['--name', name, '--output', `verify/${name}`, program])).code).toBe(0);
    expect(verify(join(folder, 'verify', name))).toMatch(/exposure level for \S+: (0\.\d|1\.[0-5]) OK/);
  });
});
