// The test kit as a user has it: through the package's own name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createManager, unavailable } from 'readyd/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LONG, testWith } from './left-out.ts';
import { cached, lackOfNode, runtime } from './runtimes.ts';
import { packageRoot } from './systemd/boot.ts';

const ROOT = packageRoot();
// Where `readyd` is found, and where git and the linters do not look.
const FOLDER = join(ROOT, 'build/testing');

// A service as a user would write it: a page, a reload, and a count that outlives it.
const APP = `
import { createServer } from 'node:http';
import { fdStore, listen, reload, service } from 'readyd';
let visits = Number(fdStore.data('visits') ?? 0);
let greeting = 'hello';
await service({
  async start({ log }) {
    const server = createServer(async (request, response) => {
      visits += 1;
      await fdStore.putData('visits', String(visits));
      log.info('visit', { visits });
      response.setHeader('connection', 'close').end(greeting + ' ' + visits);
    });
    await listen(server, { name: 'web' });
    return server;
  },
  reload() { greeting = 'welcome'; },
  stop: (server) => new Promise((resolve) => server.close(resolve)),
  status: () => greeting,
});`;

/** What each runner's test goes through; `check(actual, expected)` is the runner's own. */
const STORY = `
  const { fileURLToPath } = await import('node:url');
  const manager = await createManager({ listen: { web: '127.0.0.1:0' }, watchdog: 2000, fdStore: 4 });
  try {
    const daemon = await manager.start(process.execPath, [fileURLToPath(new URL('./app.mjs', import.meta.url))]);
    await daemon.ready();
    check(await (await fetch(manager.url('web'))).text(), 'hello 1');
    await daemon.until('the entry', ({ journal }) => journal.some(({ fields }) => fields.VISITS === '1'));
    await daemon.reload();
    check(await (await fetch(manager.url('web'))).text(), 'welcome 2');
    // Replaced is removed and stored, in two messages that may be on their way.
    await daemon.until('the count', ({ stored }) => stored.map(({ name }) => name).join() === 'visits');
    await daemon.restart();
    check(await (await fetch(manager.url('web'))).text(), 'hello 3');
    check((await daemon.stop()).result, 'success');
    check(daemon.messages.some(({ stopping }) => stopping), true);
  } finally {
    await manager.close();
  }`;

/** `await using` closes the manager at the end of the block, and so the service with it. */
const USING = `
  const runs = (pid) => { try { return process.kill(pid, 0); } catch { return false; } };
  let pid = 0;
  {
    await using manager = await createManager({ type: 'exec' });
    const daemon = await manager.start(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    await daemon.ready();
    pid = daemon.pid;
    check(runs(pid), true);
  }
  check(runs(pid), false);`;

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** As a compiler has it for a Node that does not know `await using` yet. */
function downlevel(code: string): string {
  writeFileSync(join(FOLDER, 'using.ts'), `// @ts-nocheck\n${code}`);
  const options = '--ignoreConfig --target es2022 --lib es2022 --module esnext --types node --outDir compiled'.split(
    ' ',
  );
  const { status, stdout } = spawnSync(process.execPath, [TSC, ...options, 'using.ts'], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  return readFileSync(join(FOLDER, 'compiled/using.js'), 'utf8');
}

const RUNNERS: Readonly<
  Record<string, { file: string; code: string; using: (code: string) => string; command: readonly string[] }>
> = {
  vitest: {
    file: 'story.vitest.ts',
    code: `import { expect, test } from 'vitest';
import { createManager } from 'readyd/testing';
const check = (a, b) => expect(a).toEqual(b);
test('the story', async () => {${STORY}}, 20_000);
test('await using', async () => {${USING}});`,
    using: (code) => code, // vitest takes TypeScript as it is
    command: [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.config.mjs'],
  },
  'node:test': {
    file: 'story.node.mjs',
    code: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManager, unavailable } from 'readyd/testing';
const check = (a, b) => assert.deepEqual(a, b);
test('the story', { skip: unavailable() }, async () => {${STORY}});
test('await using', { skip: unavailable() }, async () => {${USING}});`,
    using: downlevel,
    command: ['--test', 'story.node.mjs'],
  },
};

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(FOLDER, 'node_modules/readyd'));
  writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(FOLDER, 'app.mjs'), APP);
  writeFileSync(join(FOLDER, 'vitest.config.mjs'), "export default { test: { include: ['*.vitest.ts'] } };");
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('it works here', () => expect(unavailable()).toBeUndefined());

// jest is 278 packages, too many to have for one test: test/runtimes.sh installs it beside the project.
const JEST = cached('jest', 'node_modules/jest/bin/jest.js');
const jestLack = existsSync(JEST) ? undefined : { reason: 'jest is not installed', command: 'test/runtimes.sh jest' };

testWith(jestLack, 'a life, told by jest', () => {
  const code = `import { createManager } from 'readyd/testing';
const check = (a, b) => expect(a).toEqual(b);
test('the story', async () => {${STORY}}, 20_000);
test('await using', async () => {${USING}});`;
  writeFileSync(join(FOLDER, 'story.jest.mjs'), downlevel(code));
  writeFileSync(join(FOLDER, 'jest.config.json'), '{ "testMatch": ["**/story.jest.mjs"], "transform": {} }');
  // As jest wants it for everything that is an ES module.
  const command = ['--experimental-vm-modules', JEST, '--config', 'jest.config.json', '--rootDir', '.'];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd: FOLDER,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, output: status === 0 ? '' : stderr }).toEqual({ status: 0, output: '' });
});

describe.each(Object.entries(RUNNERS))('%s', (runner, { file, code, using, command }) => {
  function run(node: string, text: string): { status: number | null; output: string } {
    writeFileSync(join(FOLDER, file), text);
    // Without the runner's variables: runners set them for their children, which then act as a part of this run.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    const { status, stdout, stderr } = spawnSync(node, command, {
      cwd: FOLDER,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, output: status === 0 ? '' : stdout + stderr };
  }

  // A plain `npm test` runs node:test alone.
  testWith(runner === 'vitest' ? LONG : undefined, 'tells a life, and closes it by await using', () => {
    expect(code).toContain('await using');
    expect(run(process.execPath, using(code))).toEqual({ status: 0, output: '' });
  });

  testWith(lackOfNode(24), 'closes it by await using, as Node 24 has it', () => {
    expect(run(runtime(24) ?? '', code)).toEqual({ status: 0, output: '' });
  });
});

test.each([
  [{ wachdog: 1 }, 'cannot have a key "wachdog"'],
  [{ watchdog: '1s' }, 'watchdog must be a number'],
  [{ fdStore: -1 }, 'fdStore must be in'],
  [{ type: 'forking' }, 'type must be one of'],
  [{ listen: { web: 'localhost:80' } }, 'expected PORT'],
  [{ listen: { 'a:b': '0' } }, 'a:b'],
  [{ killSignal: 'TERM' }, 'killSignal must be a signal'],
])('createManager(%j) is refused', async (options, message) => {
  await expect(createManager(options as object)).rejects.toMatchObject({
    code: 'SD_ERR_INVALID_ARG',
    message: expect.stringContaining(message),
  });
});

test('a port in use is reported', async () => {
  const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
  const address = manager.address('web');
  const taken = 'port' in address ? `127.0.0.1:${address.port}` : '';
  await expect(createManager({ listen: { web: taken } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(() => manager.address('other')).toThrow("no socket 'other'");
  await manager.close();
});
