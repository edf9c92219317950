// `readyd run --unit` against a real systemd: fifty unit files that are easy to misread, and random ones.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { CASES, FILES } from './unit-files/cases.ts';
import { LIFE_MAX, type Life, liveInStandIn, liveOnSystemd } from './unit-files/lives.ts';

// Not below /tmp, of which a machine has one of its own.
const FOLDER = mkdtempSync('/var/tmp/readyd-unit-files-');
const RANDOM = 30;
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Pieces that mean something to somebody, and what holds them together. */
const pieces = [
  ['a', ' ', ' ', '"', "'", '\\', '\\x41', '\\s', '\\q', '%n', '%%', '%z', '%', '$', '$$', '$T_A', '${T_A}', '${', '}'],
  [';', ' ; ', '\\;', '#', '=', '\\\n', '\\\n# c\n', '\u00e9', '\\xc3\\xa9', '\\u0041', '-', ':', '@', '\t'],
].flat();
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''));
const unit = fc
  .tuple(text, text, text)
  .map(([args, value, env]) => `Environment="T_A=x  'y z'" T_B=${value}\nEnvironment=${env}\nExecStart=DUMP 0 ${args}`);

const random = Object.fromEntries(
  fc
    .sample(unit, { numRuns: RANDOM, seed: 262 })
    .map((content, index): [string, string] => [`random ${index}`, content]),
);

describeOnSystemd(
  ['sid'],
  'a unit file means the same',
  (machine) => {
    const all = { ...CASES, ...random };
    const files = new Map(
      Object.keys(all).map((title, index) => [
        title,
        { name: `case-${index}.service`, out: join(FOLDER, `${index}.out`) },
      ]),
    );
    let lives = new Map<string, Life>();

    beforeAll(async () => {
      copyFileSync(join(packageRoot(), 'test/systemd/unit-files/dump.sh'), join(FOLDER, 'dump.sh'));
      for (const [name, content] of Object.entries(FILES)) writeFileSync(join(FOLDER, name), content);
      mkdirSync(join(FOLDER, 'units'));
      for (const [title, { name, out }] of files) {
        const dump = `/bin/sh ${join(FOLDER, 'dump.sh')} ${out}`;
        const body = (all[title] ?? '').replaceAll('DUMP', dump).replaceAll('FOLDER', FOLDER);
        writeFileSync(join(FOLDER, 'units', name), `[Service]\nType=oneshot\n${body}\n`);
      }
      // One command for all of them.
      const install = 'cp "$0"/* /run/systemd/system/ && systemctl daemon-reload';
      await machine().exec('/bin/sh', ['-c', install, join(FOLDER, 'units')], { check: true });
      lives = await liveOnSystemd(machine(), new Map([...files.values()].map(({ name, out }) => [name, out])));
    }, 100_000);

    test('systemd-notify, which replaces itself by its command, is accepted: it looks at MANAGERPID', async () => {
      const main = join(packageRoot(), 'dist/cli/main.js');
      const command = ['systemd-notify', '--ready', '--exec', ';', 'sleep', '0'];
      const { code, stdout } = await machine().exec(process.execPath, [main, 'run', '--', ...command]);
      expect(stdout).toMatch(/ready after/);
      expect(code).toBe(0);
    });

    // Most of a life is waiting.
    test.concurrent.each([...files])(
      '%s',
      async (title, { name, out }) => {
        const expected = lives.get(name);
        const actual = await liveInStandIn(join(FOLDER, 'units', name), out);
        expect(actual, all[title]).toEqual(expected);
      },
      LIFE_MAX + 10_000,
    );
  },
  { binds: [FOLDER] },
);
