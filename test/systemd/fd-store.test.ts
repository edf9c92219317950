import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';

const SERVICE = `[Service]
Type=notify
FileDescriptorStoreMax=5
Environment=SIZE=${64 * 1024 * 1024}
ExecStart=${process.execPath} ${join(packageRoot(), 'test/systemd/fixtures/store.js')}
`;

// Asks once for each line of its input.
const CLIENT = `
const client = net.connect(8081, '127.0.0.1');
client.pipe(process.stdout);
client.on('close', () => console.log('closed'));
process.stdin.on('data', () => client.write('who?'));
`;

interface Status {
  runs: number;
  names: string[];
  blob: string;
  capacity: number;
  full: string;
}

async function status(machine: Machine): Promise<Status> {
  return JSON.parse(await machine.show('store.service', 'StatusText')) as Status;
}

const stored = (machine: Machine) => machine.show('store.service', 'NFileDescriptorStore');

describeOnSystemd(['trixie', 'sid'], 'the descriptor store', (machine) => {
  test('keeps state, the listening socket and its connections across restarts, with no socket unit', async () => {
    await machine().install({ 'store.service': SERVICE });
    await machine().start('store.service');
    const first = await status(machine());
    expect(first).toMatchObject({ runs: 1, names: [], capacity: 5, full: 'true' });
    expect(await stored(machine())).toBe('4');

    const [file, ...args] = machine().enter(process.execPath, ['-e', CLIENT]);
    const client = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface(client.stdout)[Symbol.asyncIterator]();
    client.stdin.write('\n');
    expect((await answers.next()).value).toBe(await machine().show('store.service', 'MainPID'));
    await machine().waitForProperty('store.service', 'NFileDescriptorStore', '5');

    await machine().systemctl('restart', 'store.service');
    const second = await status(machine());
    const connection = second.names.find((name) => name.startsWith('connection-'));
    expect(second).toMatchObject({
      runs: 2,
      names: ['blob', connection, 'one-too-many', 'runs', 'web'],
      blob: first.blob,
      full: 'true',
    });
    client.stdin.write('\n');
    expect((await answers.next()).value).toBe(await machine().show('store.service', 'MainPID'));

    // A client that has left takes its connection out of the store.
    client.kill('SIGKILL');
    await once(client, 'exit');
    await machine().waitForProperty('store.service', 'NFileDescriptorStore', '4');

    await machine().stop('store.service');
    await machine().start('store.service');
    expect(await status(machine())).toMatchObject({ runs: 1, names: [] });
    await machine().stop('store.service');
  });

  test('a full store is refused, and a unit without one resolves false', async () => {
    await machine().install({ 'store.service': SERVICE.replace('Max=5', 'Max=3') });
    await machine().start('store.service');
    expect(await status(machine())).toMatchObject({ capacity: 3, full: 'SD_ERR_FD_STORE_FULL' });
    expect(await stored(machine())).toBe('3');
    await machine().stop('store.service');
    await machine().install({ 'store.service': SERVICE.replace('FileDescriptorStoreMax=5', '') });
    await machine().start('store.service');
    expect(await status(machine())).toMatchObject({ capacity: 0, full: 'false' });
    expect(await stored(machine())).toBe('0');
    await machine().stop('store.service');
  });
});
