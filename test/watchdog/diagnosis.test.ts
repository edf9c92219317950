// The diagnosis of a blocked event loop, from outside: in programs that really block, on every supported Node.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LONG, testWith } from '../left-out.ts';
import { describeOnRuntimes } from '../runtimes.ts';
import { packageRoot } from '../systemd/boot.ts';
import { BLOCKS, Child, markedLine, watchdogModule } from './child.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The stack of the fixture in the journal. */
const inFixture = (func: string, mark = func) => ({
  PRIORITY: '3',
  SYSLOG_IDENTIFIER: 'blocks',
  CODE_FILE: BLOCKS,
  CODE_FUNC: func,
  CODE_LINE: markedLine(mark),
  STACK: expect.stringMatching(new RegExp(`(^|\\n) {4}at ${func} \\(${BLOCKS}:${markedLine(mark)}:\\d+\\)(\\n|$)`)),
});

type Entry = Record<string, string>;

async function firstEntry(child: Child, wanted: (entry: Entry) => boolean): Promise<Entry> {
  for (let count = 1; ; count += 1) {
    const entry = (await child.entries(count)).at(-1);
    if (entry !== undefined && wanted(entry)) return entry;
  }
}

/** The first entry with a stack; on a machine that is slow enough, one without comes before. */
const firstStack = (child: Child): Promise<Entry> => firstEntry(child, (entry) => entry.CODE_FUNC !== undefined);

describeOnRuntimes('diagnose: true', (node) => {
  it.each(['busyLoop', 'regularExpression', 'atomicsWait'])('reads the stack of a %s while it blocks', async (way) => {
    // On a slow machine the stack is there only once the time is over.
    await using child = new Child(BLOCKS, { node, args: [way], timeout: 1600 });
    const entry = await firstStack(child);
    expect(entry).toMatchObject(inFixture(way));
    expect(entry?.MESSAGE).toMatch(
      new RegExp(
        `^the event loop has been blocked for \\S+ m?s in ${way} \\(${BLOCKS}:\\d+\\); the watchdog(?: ends|’s time is over)`,
      ),
    );
    while (!child.statuses.some((status) => status.includes(` in ${way} (`))) await sleep(10);
    expect(child.statuses.at(-1)).toMatch(/^event loop blocked for \S+ m?s in /);
    expect(child.stdout).toBe('no inspector\n');
    expect(child.stderr).toBe('');
  });

  for (const [way, when, lack] of [
    ['busyLoop', 'atOnce', undefined],
    ['atomicsWait', 'atOnce', LONG],
    ['busyLoop', 'inCheck', LONG],
  ] as const) {
    testWith(lack, `reads the stack of a ${way} that leaves the loop no turn after the start (${when})`, async () => {
      await using child = new Child(BLOCKS, { node, args: [way, when] });
      const entry = await firstStack(child);
      expect(entry).toMatchObject(inFixture(way));
      while (!child.statuses.some((status) => status.includes(` in ${way} (`))) await sleep(10);
      expect(child.stderr).toBe('');
    });
  }

  it.each([
    ['exit', 'atOnce', 7],
    ['nothing', 'stops', 0],
  ])('ends with a thread that has not started yet (%s, %s)', async (way, when, code) => {
    await using child = new Child(BLOCKS, { node, args: [way, when] });
    expect(await child.ended).toEqual([code, null]);
    expect(child.stderr).toBe('');
  });

  it('works from the files of the package', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-package-'));
    const script = join(folder, 'app.mjs');
    try {
      const code = [
        `import { ready, watchdog } from '${pathToFileURL(join(packageRoot(), 'dist/index.js')).href}';`,
        'watchdog({ diagnose: true });',
        'await ready();',
        'for (;;);',
      ];
      writeFileSync(script, code.join('\n'));
      await using child = new Child(script, { node });
      // On a slow machine a status without the stack comes first.
      const shown = / in <anonymous> \(/;
      while (!child.statuses.some((status) => shown.test(status))) await sleep(10);
      expect(child.statuses.at(-1)).toMatch(/^event loop blocked for \S+ m?s in <anonymous> \(/);
      expect(child.statuses.at(-1)).toContain(`(${script}:4)`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says that native code cannot be read, what it waits for, and who called it once it returns', async () => {
    await using child = new Child(BLOCKS, { node, args: ['execSync'], timeout: 1600 });
    const [first] = await child.entries(1);
    expect(first?.MESSAGE).toMatch(
      /^the event loop has been blocked for .*, and the stack cannot be read: it is in native code; it waits in the kernel.* \d+ \(sleep\)/,
    );
    expect(first).toMatchObject({ PRIORITY: '3' });
    process.kill(Number(/(\d+) \(sleep\)/.exec(first?.MESSAGE ?? '')?.[1]));
    const second = await firstStack(child);
    expect(first).not.toHaveProperty('CODE_FILE');
    expect(second).toMatchObject(inFixture('execSyncOf', 'execSync'));
    expect(child.stderr).toBe('');
  });

  testWith(LONG, 'names who called JSON.parse, once that returns', async () => {
    await using child = new Child(BLOCKS, { node, args: ['jsonParse'], timeout: 1200 });
    const entry = await firstStack(child);
    expect(entry).toMatchObject(inFixture('jsonParse'));
    expect(child.stderr).toBe('');
  });

  it('holds up no exit, and says nothing on stderr', async () => {
    await using child = new Child(BLOCKS, { node, args: ['exits'] });
    expect(await child.ended).toEqual([7, null]);
    expect(child.stderr).toBe('');
  });

  it('keeps no program alive', async () => {
    await using child = new Child(BLOCKS, { node, args: ['nothing', 'ends'] });
    expect(await child.ended).toEqual([0, null]);
    expect(child.stderr).toBe('');
  });
});

describe('diagnose: true', () => {
  it('says when the loop turns again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-recovers-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const end = join(folder, 'end');
    await using child = new Child(BLOCKS, { args: ['recovers', end] });
    const first = await firstEntry(child, () => true);
    expect(first).toMatchObject({ MESSAGE: expect.stringMatching(/^the event loop has been blocked/) });
    writeFileSync(end, '');
    const last = await firstEntry(child, ({ PRIORITY }) => PRIORITY !== '3');
    expect(last).toMatchObject({
      MESSAGE: expect.stringMatching(/^the event loop turns again, after \S+ m?s$/),
      PRIORITY: '5',
    });
    // The manager hears on another socket than the journal.
    while (child.statuses.length === 0) await sleep(10);
    expect(child.statuses[0]).toMatch(/^event loop blocked/);
  });

  it('leaves a thread alone that a debugger has paused', async () => {
    await using child = new Child(BLOCKS, { args: ['paused'] });
    while (!child.stdout.includes('resumed')) await sleep(50);
    await sleep(300);
    expect(child.statuses).toEqual([]);
    expect(child.journal.messages).toEqual([]);
    expect(child.stderr).toBe('');
  });

  it('does not take a process for blocked that was stopped as a whole', async () => {
    await using child = new Child(BLOCKS, { args: ['nothing'] });
    while (!child.stdout.includes('unblocked')) await sleep(50);
    child.process.kill('SIGSTOP');
    await sleep(2500);
    child.process.kill('SIGCONT');
    await sleep(700);
    expect(child.statuses).toEqual([]);
    expect(child.journal.messages).toEqual([]);
  });

  it('names the original source where Node runs with source maps', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-maps-'));
    try {
      const code = [
        `import { createWatchdog } from '${watchdogModule()}';`,
        'createWatchdog({ diagnose: true }, { journal: process.env.JOURNAL_PATH });',
        'function spin() { for (;;); }',
        'setTimeout(spin, 300);',
        '//# sourceMappingURL=app.mjs.map',
      ];
      // Line 3 of what runs is line 10 of src/app.ts.
      const map = { version: 3, sources: ['src/app.ts'], names: [], mappings: ';;AASA' };
      writeFileSync(join(folder, 'app.mjs'), code.join('\n'));
      writeFileSync(join(folder, 'app.mjs.map'), JSON.stringify(map));
      const run = async (nodeOptions: string[]) => {
        await using child = new Child(join(folder, 'app.mjs'), { nodeOptions });
        const entry = await firstStack(child);
        return [entry.CODE_FILE, entry.CODE_LINE, entry.CODE_FUNC];
      };
      expect(await run(['--enable-source-maps'])).toEqual([join(folder, 'src/app.ts'), '10', 'spin']);
      expect(await run([])).toEqual([join(folder, 'app.mjs'), '3', 'spin']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
