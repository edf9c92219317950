// docs/shipping.md: entries with several lines, bytes, repeated fields and a megabyte, on their way to another machine.
import { existsSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { blocks } from '../docs/blocks.ts';
import { describeWith } from '../left-out.ts';
import type { JournalRecord, Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const PACKAGES = {
  'systemd-journal-remote': '/lib/systemd/systemd-journal-remote',
  rsyslog: '/usr/sbin/rsyslogd',
};
const missing = Object.entries(PACKAGES).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
const lack =
  missing.length === 0
    ? undefined
    : { reason: `${missing.join(', ')} are not installed`, command: `apt-get install ${missing.join(' ')}` };

const SCRIPT = `
  const log = readyd.journal();
  const bytes = Uint8Array.of(0, 1, 255, 10);
  log.error('two\\nlines', { ship: 1, requestId: 'b7e1', tags: ['a', 'b'], bytes, large: 'x'.repeat(1e6) });
  log.warning('short', { ship: 1, requestId: 'b7e2' });`;
const NAMES = ['MESSAGE', 'PRIORITY', 'REQUEST_ID', 'TAGS', 'BYTES', 'LARGE', 'SYSLOG_IDENTIFIER', '_SYSTEMD_UNIT'];

/** A file of the document, by the path in its first line. */
function shown(path: string): string {
  const found = blocks('docs/shipping.md', 'ini').find(({ code }) => code.startsWith(`# ${path}\n`));
  if (found === undefined) throw new Error(`docs/shipping.md does not show ${path}`);
  return found.code;
}

/** The fields of the test, of entries as lines of JSON. */
function fields(lines: string): Record<string, unknown>[] {
  const entries = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalRecord);
  return entries.map((entry) => Object.fromEntries(NAMES.map((name) => [name, entry[name]])));
}

async function output(machine: Machine, ...command: [string, ...string[]]): Promise<string> {
  const [program, ...args] = command;
  return (await machine.exec(program, args, { check: true })).stdout;
}

describeWith(lack, 'shipping', () => {
  describeOnSystemd(['host'], 'entries on their way to another machine', (machine) => {
    let source: Record<string, unknown>[] = [];

    beforeAll(async () => {
      // What systemd-tmpfiles does at the start of a whole system: these services read by their group.
      const share = 'chgrp -R systemd-journal /run/log/journal && chmod 2750 /run/log/journal/*';
      await machine().exec('sh', ['-c', share], { check: true });
      const unit = await installService(machine(), { name: 'shipped', script: SCRIPT, service: 'Type=oneshot' });
      await machine().start(unit);
      await machine().journal('SHIP=1');
      source = fields(await output(machine(), 'journalctl', '-o', 'json', '--all', 'SHIP=1'));
      expect(source).toMatchObject([
        { MESSAGE: 'two\nlines', TAGS: ['a', 'b'], BYTES: [0, 1, 255, 10], LARGE: 'x'.repeat(1e6) },
        { MESSAGE: 'short', REQUEST_ID: 'b7e2', _SYSTEMD_UNIT: 'shipped.service' },
      ]);
    });

    test('journal-gatewayd serves them as they are', async () => {
      await machine().systemctl('start', 'systemd-journal-gatewayd.socket');
      const ask = (accept: string): Promise<string> => {
        const script = `
          const answer = await fetch('http://127.0.0.1:19531/entries?SHIP=1', { headers: { accept: '${accept}' } });
          process.stdout.write(Buffer.from(await answer.arrayBuffer()).toString('latin1'));`;
        return output(machine(), process.execPath, '--input-type=module', '-e', script);
      };
      const [first, second] = fields(await ask('application/json'));
      // JSON has no value above 4 KiB.
      expect([{ ...first, LARGE: 'x'.repeat(1e6) }, second]).toEqual(source);
      expect(first?.LARGE).toBe(null);
      const all = await ask('application/vnd.fdo.journal');
      expect(all.includes(`\nLARGE=${'x'.repeat(1e6)}\n`)).toBe(true);
    });

    test('journal-upload and journal-remote bring them to another journal as they are', async () => {
      for (const path of [
        '/etc/systemd/system/systemd-journal-remote.service.d/http.conf',
        '/etc/systemd/journal-upload.conf.d/central.conf',
      ]) {
        await machine().write(path, shown(path).replaceAll('central.example.org', '127.0.0.1'));
      }
      await machine().systemctl('daemon-reload');
      await machine().systemctl('start', 'systemd-journal-remote.socket', 'systemd-journal-upload.service');
      const read = async (): Promise<Record<string, unknown>[] | undefined> => {
        const command = ['-D', '/var/log/journal/remote', '-o', 'json', '--all', 'SHIP=1'];
        const { stdout } = await machine().exec('journalctl', command);
        return stdout.split('\n').length > 2 ? fields(stdout) : undefined;
      };
      expect(await machine().waitFor(read)).toEqual(source);
    });

    test('rsyslog writes their fields as JSON', async () => {
      const path = '/etc/rsyslog.d/readyd.conf';
      await machine().write(path, shown(path));
      await machine().systemctl('restart', 'rsyslog.service');
      const read = async (): Promise<Record<string, unknown>[] | undefined> => {
        const { stdout } = await machine().exec('grep', ['"SHIP"', '/var/log/journal.json']);
        return stdout.split('\n').length > 2 ? fields(stdout) : undefined;
      };
      const entries = await machine().waitFor(read);
      expect(entries).toMatchObject([
        { MESSAGE: 'two\nlines', PRIORITY: '3', REQUEST_ID: 'b7e1', TAGS: 'b', LARGE: 'x'.repeat(1e6) },
        { MESSAGE: 'short', PRIORITY: '4', REQUEST_ID: 'b7e2', _SYSTEMD_UNIT: 'shipped.service' },
      ]);
    });
  });
});
