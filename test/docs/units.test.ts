// Every unit file of the documents on a real systemd: `systemd-analyze verify` finds no fault in it, and those of
// docs/frameworks.md serve each framework, also while it restarts.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { FRAMEWORKS, lackOf, linkPackage } from '../examples/linked-package.ts';
import { describeWith } from '../left-out.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { documents, type Unit, unitsOf } from './blocks.ts';

/** Files that are not units, and the program that reads each. test/systemd/shipping.test.ts runs the last three. */
const OTHERS: Readonly<Record<string, string>> = {
  'shop.container': 'podman; test/docs/containers.test.ts runs it',
  'http.conf': 'a drop-in of the unit of systemd-journal-remote',
  'central.conf': 'systemd-journal-upload',
  'readyd.conf': 'rsyslog',
};

const all = documents().flatMap(unitsOf);
const units = all.filter(({ name }) => /\.(?:service|socket|timer)$/.test(name));

/** The units that belong together: those of one document, up to the first repeated name. */
function folders(): Unit[][] {
  const found: Unit[][] = [];
  for (const unit of units) {
    const last = found.at(-1);
    const joins =
      last !== undefined &&
      last[0]?.place.split(':')[0] === unit.place.split(':')[0] &&
      last.every(({ name }) => name !== unit.name);
    if (joins) last.push(unit);
    else found.push([unit]);
  }
  return found;
}

test('every other file in an ini block is known', () => {
  expect(all.filter((unit) => !units.includes(unit)).map(({ name }) => name)).toEqual(Object.keys(OTHERS));
  expect(units.length).toBeGreaterThan(18);
});

const NAMES = ['express', 'fastify', 'koa', 'hono', 'nest', 'hapi'];
const lack = lackOf(['express', 'fastify', 'koa', 'hono', '@nestjs/core', '@hapi/hapi']);
const portOf = (name: string): number => 8081 + NAMES.indexOf(name);

/** The two files of the document, for one framework. */
function filesFor(name: string): Record<string, string> {
  const files = unitsOf('docs/frameworks.md').filter((unit) => unit.name.startsWith('app.'));
  return Object.fromEntries(
    files.map((unit) => [
      unit.name.replace('app', name),
      unit.content
        .replaceAll(/\bapp\.(?=socket|service)/g, `${name}.`)
        .replace('ListenStream=8080', `ListenStream=${portOf(name)}`)
        .replace('/usr/bin/node', process.execPath)
        .replace('/srv/app/server.js', join(FRAMEWORKS, `${name}.js`))
        .replaceAll('/srv/app', FRAMEWORKS),
    ]),
  );
}

/** Asks all frameworks in rounds, until all of them have restarted; prints what each answered, without repetitions. */
const ASK_UNDER_RESTART = `
  import { spawn } from 'node:child_process';
  const [, ...pairs] = process.argv;
  const ports = new Map(pairs.map((pair) => pair.split('=')));
  const units = [...ports.keys()].map((name) => name + '.service');
  const answers = Object.fromEntries([...ports.keys()].map((name) => [name, []]));
  let code;
  spawn('systemctl', ['restart', ...units], { stdio: 'inherit' }).once('exit', (number) => { code = number; });
  const ask = async ([name, port]) => {
    do {
      const answer = await fetch('http://127.0.0.1:' + port + '/', { headers: { connection: 'close' } })
        .then((response) => response.text(), (error) => String(error.cause ?? error));
      if (answers[name].at(-1) !== answer) answers[name].push(answer);
    } while (code === undefined);
  };
  await Promise.all([...ports].map(ask));
  console.log(JSON.stringify({ code, answers }));`;

async function askUnderRestart(machine: Machine): Promise<unknown> {
  const pairs = NAMES.map((name) => `${name}=${portOf(name)}`);
  const args = ['--input-type=module', '-e', ASK_UNDER_RESTART, ...pairs];
  return JSON.parse((await machine.exec(process.execPath, args, { check: true })).stdout);
}

describeOnSystemd(['trixie'], 'the unit files of the documents', (machine) => {
  test('systemd-analyze verify finds no fault', async () => {
    const groups = folders();
    for (const [index, group] of groups.entries()) {
      for (const { name, content } of group) {
        // The tree has no Node.
        const text = content.replaceAll('/usr/bin/node', process.execPath);
        await machine().write(`/srv/units/${index}/${name}`, text);
      }
    }
    // The one program of the documents that Node does not read.
    await machine().write('/srv/sea/server', '', 0o755);
    // A broken unit proves that the check reports faults.
    await machine().write('/srv/units/broken/app.service', '[Service]\nExecStart=/nowhere\nTypo=1\n');
    const script = 'cd /srv/units; for f in *; do echo "= $f"; systemd-analyze verify --man=no "$f"/* 2>&1; done; true';
    const { stdout } = await machine().exec('sh', ['-c', script], { check: true });
    const faults = stdout.split(/^= /m).slice(1);
    expect(faults.filter((text) => text.startsWith('broken')).join()).toMatch(/Typo[\s\S]*\/nowhere/);
    const found = faults.flatMap((text) => {
      const [folder = '', ...lines] = text.trim().split('\n');
      return lines.length === 0 || folder === 'broken' ? [] : [{ place: groups[Number(folder)]?.[0]?.place, lines }];
    });
    expect(found).toEqual([]);
  });

  describeWith(lack, 'the frameworks', () => {
    beforeAll(async () => {
      linkPackage();
      await machine().install(Object.assign({}, ...NAMES.map(filesFor)) as Record<string, string>);
      await machine().systemctl('start', ...NAMES.map((name) => `${name}.socket`));
    });

    test('each serves by its first connection, and none refuses one while it restarts', async () => {
      const answers = Object.fromEntries(NAMES.map((name) => [name, [`hello from ${name}`]]));
      expect(await askUnderRestart(machine())).toEqual({ code: 0, answers });
      for (const name of NAMES) {
        expect(await machine().show(`${name}.service`, 'ActiveState'), name).toBe('active');
      }
    });

    test('each ends cleanly', async () => {
      await machine().systemctl('stop', ...NAMES.flatMap((name) => [`${name}.socket`, `${name}.service`]));
      for (const name of NAMES) expect(await machine().show(`${name}.service`, 'Result'), name).toBe('success');
    });
  });
});

describe('docs/frameworks.md', () => {
  test.each(['next', 'nuxt', 'sveltekit'])('has both units for %s', (name) => {
    const names = unitsOf('docs/frameworks.md').map((unit) => unit.name);
    expect(names).toEqual(expect.arrayContaining([`${name}.socket`, `${name}.service`]));
  });
});
