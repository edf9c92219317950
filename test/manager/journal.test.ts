// The entries that a service writes to the journal of the stand-in, and to its standard streams.
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Daemon } from '../../src/manager/daemon.ts';
import { createManager, type Manager } from '../../src/manager/manager.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const STAY = 'setInterval(() => {}, 1000);';

let manager: Manager | undefined;

afterEach(async () => await manager?.close());

async function start(script: string): Promise<Daemon> {
  manager = await createManager();
  const module = `import * as sd from 'readyd'; ${script}`;
  const daemon = await manager.start(process.execPath, ['--input-type=module', '-e', module], { cwd: ROOT });
  await daemon.ready();
  return daemon;
}

test('the logger is connected, and its fields arrive as fields', async () => {
  const daemon = await start(`
    const log = sd.journal();
    await sd.ready(log.connected + ' ' + sd.journalConnected());
    log.error('two\\nlines', { userId: 7, tags: ['a', 'b'], raw: Uint8Array.of(255) });
    log.info('another', { raw: Uint8Array.of(254) });
    ${STAY}`);
  expect(daemon.status).toBe('true stderr');
  await daemon.until('the entry', ({ journal }) => journal.length > 1);
  expect(daemon.journal[0]).toMatchObject({
    source: 'native',
    pid: daemon.pid,
    priority: 3,
    message: 'two\nlines',
    fields: { USER_ID: '7', TAGS: ['a', 'b'], RAW: Uint8Array.of(255) },
  });
});

test('an entry too large for a datagram comes as a memory file', async () => {
  const size = 8 * 1024 * 1024;
  const daemon = await start(`
    sd.journal().info('large', { blob: 'x'.repeat(${size}) });
    await sd.ready();
    ${STAY}`);
  await daemon.until('the entry', ({ journal }) => journal.length > 0);
  expect(daemon.journal[0]?.fields.BLOB).toHaveLength(size);
});

test('printed lines, with their priority and in their order', async () => {
  const daemon = await start(`
    console.log('one\\n\\ntwo  ');
    console.error('<3>three');
    await sd.ready(); process.stdout.write('no end');`);
  await daemon.ended;
  const lines = daemon.journal.map(({ source, priority, message }) => [source, priority, message]);
  expect(lines.filter(([source]) => source === 'stdout')).toEqual([
    ['stdout', 6, 'one'],
    ['stdout', 6, 'two'],
    ['stdout', 6, 'no end'],
  ]);
  expect(lines).toContainEqual(['stderr', 3, 'three']);
});

test('a child whose output goes elsewhere is not connected', async () => {
  const child = `import { journalConnected } from 'readyd'; console.log(String(journalConnected()))`;
  const daemon = await start(`
    import { execFileSync } from 'node:child_process';
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(child)}], { stdio: 'pipe' });
    await sd.ready(String(said).trim()); ${STAY}`);
  expect(daemon.status).toBe('undefined');
});
