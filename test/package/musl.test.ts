// The file that the package brings, under musl's dynamic loader, on every architecture that Debian has musl for: a host of our
// own plays Node-API and calls every function of it. What a whole runtime does with it, matrix.test.ts tries with Bun for musl.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect } from 'vitest';
import { native } from '../../src/native.ts';
import { type Lack, testWith } from '../left-out.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const addon = join(root, `prebuilds/linux-${process.arch}/readyd.node`);
const folder = mkdtempSync(join(tmpdir(), 'readyd-musl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Where node_api.h is: beside this node, or where node-gyp has put it. */
function nodeHeaders(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folders = [
    join(dirname(process.execPath), '../include/node'),
    join(cache, 'node-gyp', process.versions.node, 'include/node'),
  ];
  return folders.find((path) => existsSync(join(path, 'node_api.h')));
}

function whatIsMissing(): Lack | undefined {
  if (spawnSync('musl-gcc', ['--version']).error)
    return { reason: 'musl-gcc is not installed', command: 'apt-get install musl-tools' };
  if (!existsSync(addon)) return { reason: 'the prebuilt addon is not built', command: 'npm run prebuild' };
  if (nodeHeaders() !== undefined) return undefined;
  return { reason: 'the headers of Node are not here', command: 'npm run build:native' };
}

const missing = whatIsMissing();

describe('the addon under musl', () => {
  testWith(missing, 'loads, and does what it is called for', () => {
    const host = join(folder, 'host');
    const sources = ['host.c', 'never.c'].map((name) => fileURLToPath(new URL(`musl/${name}`, import.meta.url)));
    const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];
    const built = spawnSync('musl-gcc', ['-rdynamic', ...warnings, '-I', nodeHeaders() ?? '', ...sources, '-o', host], {
      encoding: 'utf8',
    });
    expect(built).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout, stderr } = spawnSync(host, [addon], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${Object.keys(native()).length} exports\n`,
      stderr: '',
    });
  });
});
