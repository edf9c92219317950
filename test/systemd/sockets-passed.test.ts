// The descriptors that one service gets from several units, from files and from its store. The service lists them in its status.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const TELL = `
const told = [...readyd.listenFds()].map(({ name, kind, listening, address }) => {
  const where = address === undefined ? '' : 'path' in address ? address.path : address.address + ':' + address.port;
  return [name, kind, listening ? 'listening' : '', where].filter(Boolean).join(' ');
});
process.once('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1e6);
`;
const READY = "await readyd.ready(told.toSorted().join(', '));";

const socket = (listen: string, name: string) =>
  `[Socket]\n${listen}\nFileDescriptorName=${name}\nService=passed.service\n`;

async function status(machine: Machine): Promise<string> {
  return await machine.show('passed.service', 'StatusText');
}

describeOnSystemd(['host', 'trixie', 'sid'], 'what a service is passed', (machine) => {
  afterEach(async () => {
    await machine().systemctl('stop', 'passed*.socket', 'passed.service');
    await machine().exec('sh', ['-c', 'rm -f /run/systemd/system/passed*.socket'], { check: true });
  });

  test('TCP, unix, UDP and a FIFO, each with its own name, and all in one unit', async () => {
    const files = {
      'passed-tcp.socket': socket('ListenStream=127.0.0.1:8086', 'tcp'),
      'passed-unix.socket': socket('ListenStream=/run/passed.sock', 'unix'),
      'passed-udp.socket': socket('ListenDatagram=[::1]:8086', 'udp'),
      'passed-fifo.socket': socket('ListenFIFO=/run/passed.fifo', 'fifo'),
      'passed-all.socket': socket(
        'ListenStream=8087\nListenStream=@passed\nListenDatagram=127.0.0.1:8087\nListenFIFO=/run/all.fifo',
        'all',
      ),
    };
    const unit = await installService(machine(), { name: 'passed', script: TELL + READY, files });
    await machine().systemctl('start', ...Object.keys(files), unit);
    expect((await status(machine())).split(', ')).toEqual([
      'all fifo /run/all.fifo',
      'all tcp listening :::8087',
      'all udp 127.0.0.1:8087',
      'all unix-stream listening @passed',
      'fifo fifo /run/passed.fifo',
      'tcp tcp listening 127.0.0.1:8086',
      'udp udp ::1:8086',
      'unix unix-stream listening /run/passed.sock',
    ]);
  });

  test('what a socket unit says now, where it was changed between two runs', async () => {
    const name = 'passed.socket';
    const install = async (listen: string, fdName: string): Promise<string> => {
      const files = { [name]: socket(listen, fdName) };
      const unit = await installService(machine(), { name: 'passed', script: TELL + READY, files });
      await machine().systemctl('stop', name, unit);
      await machine().systemctl('start', name, unit);
      return await status(machine());
    };
    expect(await install('ListenStream=127.0.0.1:8086', 'web')).toBe('web tcp listening 127.0.0.1:8086');
    expect(await install('ListenStream=127.0.0.1:8087\nListenStream=127.0.0.1:8088', 'site')).toBe(
      'site tcp listening 127.0.0.1:8087, site tcp listening 127.0.0.1:8088',
    );
    // A reload binds no new socket, and closes a socket that the unit no longer has: the next run gets none.
    await machine().write(`/run/systemd/system/${name}`, socket('ListenStream=127.0.0.1:8089', 'other'));
    await machine().systemctl('daemon-reload');
    await machine().systemctl('restart', 'passed.service');
    expect(await status(machine())).toBe('');
    await machine().systemctl('stop', name, 'passed.service');
    await machine().systemctl('start', name, 'passed.service');
    expect(await status(machine())).toBe('other tcp listening 127.0.0.1:8089');
    // With a new name the socket stays open, and systemd passes it by that name.
    await machine().write(`/run/systemd/system/${name}`, socket('ListenStream=127.0.0.1:8089', 'renamed'));
    await machine().systemctl('daemon-reload');
    await machine().systemctl('restart', 'passed.service');
    expect(await status(machine())).toBe('renamed tcp listening 127.0.0.1:8089');
  });

  test('files of OpenFile=', async ({ skip }) => {
    if (machine().version < 253) skip('OpenFile= came with systemd 253');
    await machine().write('/run/passed.txt', 'content');
    const service = 'OpenFile=/run/passed.txt:text:read-only\nOpenFile=/dev/null:sink';
    const unit = await installService(machine(), { name: 'passed', script: TELL + READY, service });
    await machine().start(unit);
    expect(await status(machine())).toBe('sink character-device /dev/null, text file /run/passed.txt');
  });

  // systemd polls the device, and not every device can be polled.
  test('a character device of ListenSpecial=, here a terminal, by which the service is started', async () => {
    const [file, ...args] = machine().enter('script', ['-qc', 'tty; exec sleep infinity', '/dev/null']);
    const terminal = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [path] = (await once(createInterface(terminal.stdout), 'line')) as [string];
      const files = { 'passed-line.socket': socket(`ListenSpecial=${path.trim()}`, 'line') };
      const read = `
        const { ReadStream } = await import('node:tty');
        const line = new ReadStream(readyd.listenFds().get('line').take());
        line.on('data', (data) => readyd.status(told + ': ' + data));`;
      const unit = await installService(machine(), { name: 'passed', script: TELL + read + READY, files });
      await machine().systemctl('start', 'passed-line.socket');
      expect(await machine().show(unit, 'ActiveState')).toBe('inactive');
      terminal.stdin.write('hello\n');
      await machine().waitForProperty(unit, 'StatusText', `line character-device ${path.trim()}: hello`);
      await machine().systemctl('stop', 'passed-line.socket', unit);
      expect(await machine().show(unit, 'Result')).toBe('success');
    } finally {
      terminal.kill('SIGKILL');
      await once(terminal, 'exit');
    }
  });

  test('a file in /proc of ListenSpecial=', async ({ skip }) => {
    // The file is always readable, like /dev/random, and PID 1 hangs when it reads it to its end at the stop.
    if (machine().version < 257) skip('systemd 252 survives no stop of such a socket unit');
    const files = { 'passed-proc.socket': socket('ListenSpecial=/proc/swaps', 'proc') };
    const read = `
      const { readSync } = await import('node:fs');
      const bytes = Buffer.alloc(8);
      readSync(readyd.listenFds().get('proc').take(), bytes);
      told.push(String(bytes));`;
    const unit = await installService(machine(), { name: 'passed', script: TELL + read + READY, files });
    await machine().systemctl('start', 'passed-proc.socket', unit);
    expect(await status(machine())).toBe('Filename, proc file /proc/swaps');
  });

  test('vsock, which Node cannot serve', async ({ skip }) => {
    const probe = 'import socket; socket.socket(socket.AF_VSOCK).bind((0xffffffff, 4711))';
    const { status: code, stderr } = spawnSync('python3', ['-c', probe], { encoding: 'utf8' }); // the kernel is the same
    if (code !== 0) {
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      console.warn(`vsock on systemd ${machine().version}: not here, ${reason}`);
      skip(reason);
    }
    const files = { 'passed-vsock.socket': socket('ListenStream=vsock::8086', 'vsock') };
    const refuse = `
      const { createServer } = await import('node:net');
      told.push(await readyd.listen(createServer(), { name: 'vsock' }).catch(({ code }) => code));`;
    const unit = await installService(machine(), { name: 'passed', script: TELL + refuse + READY, files });
    await machine().systemctl('start', 'passed-vsock.socket', unit);
    expect(await status(machine())).toBe('SD_ERR_FD_MISMATCH, vsock vsock-stream listening');
  });

  test('what the store holds, beside the sockets of the unit; an unknown name is removed', async ({ skip }) => {
    if (machine().version < 254) skip('$FDSTORE came with systemd 254');
    const addon = JSON.stringify(join(packageRoot(), 'build/Release/readyd.node'));
    const put = `
      const { openProcess } = (await import('node:module')).createRequire(import.meta.url)(${addon});
      if (!readyd.listenFds().get('state')) {
        await readyd.fdStore.putData('state', 'kept');
        await readyd.fdStore.putData('old', 'of an older version');
        await readyd.fdStore.put('manager', openProcess(1));
      } else {
        const known = new Set(['web', 'state', 'manager']);
        for (const name of readyd.listenFds().names) if (!known.has(name)) await readyd.fdStore.remove(name);
      }`;
    const files = { 'passed.socket': socket('ListenStream=127.0.0.1:8086', 'web') };
    const service = 'FileDescriptorStoreMax=8';
    const unit = await installService(machine(), { name: 'passed', script: TELL + put + READY, service, files });
    await machine().systemctl('start', 'passed.socket', unit);
    expect(await status(machine())).toBe('web tcp listening 127.0.0.1:8086');
    expect(await machine().show(unit, 'NFileDescriptorStore')).toBe('3');
    await machine().systemctl('restart', unit);
    expect(await status(machine())).toBe('manager pidfd, old memfd, state memfd, web tcp listening 127.0.0.1:8086');
    expect(await machine().show(unit, 'NFileDescriptorStore')).toBe('2');
  });
});
