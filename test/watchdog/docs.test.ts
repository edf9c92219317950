// The programs of docs/watchdog.md compile and do what the page says, and the page shows their real output.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BLOCKED_ID, TURNING_ID } from '../../src/watchdog/stall-report.ts';
import { temporaryPath } from '../helpers/receiver.ts';
import { packageRoot } from '../systemd/boot.ts';
import { Child } from './child.ts';

const text = readFileSync(join(packageRoot(), 'docs/watchdog.md'), 'utf8');
const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
const socket = temporaryPath('http');
let folder: string;

// Inside the package, so that they import it by its name.
beforeAll(() => {
  mkdirSync(join(packageRoot(), 'build'), { recursive: true });
  folder = mkdtempSync(join(packageRoot(), 'build/docs-watchdog-'));
  for (const [index, code] of examples.entries()) {
    writeFileSync(join(folder, `${index}.ts`), code.replace('listen(8080', `listen('${socket}'`));
  }
  const compilerOptions = { noEmit: false, allowImportingTsExtensions: false, rootDir: '.', outDir: 'js' };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = spawnSync(join(packageRoot(), 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the first example is alive', async () => {
  await using child = new Child(join(folder, 'js/0.js'), {});
  expect(await child.manager.arrived(2)).toEqual(['WATCHDOG=1', 'READY=1\nSTATUS=taking orders']);
  expect(await child.ended).toEqual([0, null]);
});

it('the checks that it shows are run, and withhold the ping', async () => {
  await using child = new Child(join(folder, 'js/1.js'), { timeout: 2000 });
  while (child.statuses.length < 2) await child.manager.arrived(child.manager.messages.length + 1);
  expect(child.statuses).toContain('taking orders');
  expect(child.statuses).toContainEqual(expect.stringMatching(/^unhealthy: upstream: fetch failed; disk: ENOENT: /));
  expect(child.manager.messages).not.toContain('WATCHDOG=1');
});

it('the diagnosis names the function of the example', async () => {
  await using child = new Child(join(folder, 'js/2.js'), { timeout: 1000 });
  await child.manager.arrived(2);
  request({ socketPath: socket })
    .on('error', () => undefined)
    .end();
  while (!child.statuses.some((status) => status.startsWith('event loop'))) {
    await child.manager.arrived(child.manager.messages.length + 1);
  }
  expect(child.statuses.at(-1)).toMatch(/^event loop blocked for \S+ m?s in priceOf \(.*\/2\.js:\d+\)$/);
});

it('the numbers to look for are those that are written', () => {
  expect(text).toContain(BLOCKED_ID);
  expect(text).toContain(TURNING_ID);
});
