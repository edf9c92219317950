// `readyd run --unit` as a whole: drop-ins, templates, a start by a connection, and settings that need other files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type Lack, testWith } from '../left-out.ts';
import { begin, ended, FOLDER, program, run, STAY, shows } from './running.ts';

/** A unit file in a folder of its own, with other files beside it. */
function unit(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(FOLDER, folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
  return join(FOLDER, folder, Object.keys(files)[0] ?? '');
}

const SAY_WHO = `await sd.ready([process.env.WHO, process.argv[2]].join(' '));`;

test('drop-ins: of the unit, of its prefix and of its kind, by the order of their names', () => {
  const service = unit('drop-ins', {
    'a-b.service': `[Service]\nType=notify\nEnvironment=WHO=file\nExecStart=${process.execPath} ${program(SAY_WHO)} file\n`,
    'a-b.service.d/20-who.conf': '[Service]\nEnvironment=WHO=own\n',
    'a-.service.d/30-who.conf': '[Service]\nEnvironment=WHO=prefix\n',
    'service.d/10-who.conf': '[Service]\nEnvironment=WHO=kind\n',
    'a-b.service.d/40-exec.conf': `[Service]\nExecStart=\nExecStart=${process.execPath} ${program(SAY_WHO)} drop-in\n`,
    'a-b.service.d/ignored.txt': '[Service]\nEnvironment=WHO=never\n',
  });
  const { code, stdout } = run('--unit', service);
  expect({ code, status: /STATUS=(.*)/.exec(stdout)?.[1] }).toEqual({ code: 0, status: 'prefix drop-in' });
});

test.each(['1', 'two words', '%n'])('--unit app@.service --instance %j', (instance) => {
  const service = unit('template', {
    'app@.service': `[Service]\nType=notify\nEnvironment="WHO=%p"\nExecStart=${process.execPath} ${program(SAY_WHO)} "%I"\n`,
  });
  const { code, stdout, stderr } = run('--unit', service, '--instance', instance);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(/STATUS=(.*)/.exec(stdout)?.[1]).toBe(`app ${instance}`);
});

test('a template without an instance', () => {
  const service = unit('no-instance', { 'app@.service': '[Service]\nExecStart=/bin/true %i\n' });
  const { code, stderr } = run('--unit', service);
  expect(code).toBe(2);
  expect(stderr).toContain('--instance');
});

test('--on-demand: a connection starts the service, also after it has ended', async () => {
  // It answers one connection, and ends.
  const script = `import { createServer } from 'node:net';
    const server = createServer((socket) => { socket.end(String(process.pid)); server.close(); });
    await sd.listen(server, { name: 'web' }); await sd.ready();`;
  const service = unit('on-demand', {
    'app.service': `[Service]\nType=notify\nExecStart=${process.execPath} ${program(script)}\n`,
    'app.socket': `[Socket]\nListenStream=${join(FOLDER, 'on-demand/app.sock')}\nFileDescriptorName=web\n`,
  });
  const { child, out } = begin('--unit', service, '--unit', service.replace('.service', '.socket'), '--on-demand');
  await shows(/listens on/);
  expect(out()).not.toMatch(/ready after/);
  const first = await text(connect(join(FOLDER, 'on-demand/app.sock')));
  await shows(/exited with code 0/);
  const second = await text(connect(join(FOLDER, 'on-demand/app.sock')));
  expect(Number(first)).toBeGreaterThan(1);
  expect(Number(second)).toBeGreaterThan(1);
  expect(second).not.toBe(first);
  child.kill('SIGINT');
  await ended();
});

const notRoot: Lack | undefined =
  process.geteuid?.() === 0 ? undefined : { reason: 'needs the privileges of root', command: 'sudo npm test' };

const HELPER = 'systemd-notify';
const noHelper: Lack | undefined =
  spawnSync(HELPER, ['--version']).status === 0 ? undefined : { reason: 'systemd-notify is not installed' };

// systemd-notify has --exec since 254; test/systemd/unit-files.test.ts runs that.
// systemd-notify sends with the pid of its parent, which the kernel allows only root.
testWith(noHelper ?? notRoot, 'systemd-notify is heard, by MANAGERPID and NOTIFY_SOCKET', () => {
  const command = ['/bin/sh', '-c', `${HELPER} --ready --pid=$$; exit 0`];
  const { code, stdout } = run('--', ...command);
  expect(stdout).toMatch(/ready after/);
  expect(code).toBe(0);
});

testWith(notRoot, 'a program that drops its privileges by setuid() becomes ready', async () => {
  const script = `await sd.notify({ status: 'starts' }); process.setgroups([]); process.setgid(65534); process.setuid(65534);
    await sd.ready('as ' + process.getuid()); sd.journal().info('still heard'); ${STAY}`;
  const { child } = begin('--', process.execPath, program(script));
  // They come over two sockets, in either order.
  await shows(/still heard/);
  await shows(/STATUS=as 65534/);
  await shows(/ready after/);
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
});
