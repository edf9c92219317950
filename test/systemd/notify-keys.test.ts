// The effect in systemd of the keys that notify.test.ts does not cover: one test for each, also if it has no effect.
import { expect, test } from 'vitest';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

/** What Node has no call for: pipes, and descriptors of processes. */
const ADDON = `
  import { createRequire } from 'node:module';
  const addon = createRequire(import.meta.url)('/srv/readyd/build/Release/readyd.node');`;

/** Another process of the unit, which may become its main process. */
const CHILD = `
  import { spawn } from 'node:child_process';
  const child = spawn(process.execPath, ['-e', ${JSON.stringify(STAY)}], { stdio: 'ignore' });`;

describeOnSystemd(['host', 'trixie', 'sid'], 'the keys of a notification', (machine) => {
  test('a descriptor that is hung up leaves the store, except with FDPOLL=0', async () => {
    const unit = await installService(machine(), {
      name: 'poll',
      service: 'FileDescriptorStoreMax=8',
      script: `${ADDON}
        const { names } = readyd.listenFds();
        const pipes = [addon.pipe(), addon.pipe()];
        if (names.length === 0) await readyd.notify({ fdStore: true, fdName: 'watched' }, { fds: [pipes[0][0]] });
        if (names.length === 0) await readyd.notify({ fdStore: true, fdName: 'kept', fdPoll: false }, { fds: [pipes[1][0]] });
        await readyd.ready('passed: ' + names);
        process.on('SIGUSR1', () => {
          for (const [reading, writing] of pipes) for (const end of [reading, writing]) addon.close(end);
          void readyd.status('closed');
        });
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'NFileDescriptorStore')).toBe('2');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'closed');
    await machine().waitForProperty(unit, 'NFileDescriptorStore', '1');
    await machine().systemctl('restart', unit);
    expect(await machine().show(unit, 'StatusText')).toBe('passed: kept');
  });

  test('FDSTOREREMOVE=1 drops what is stored under FDNAME=, and nothing else', async () => {
    const unit = await installService(machine(), {
      name: 'remove',
      service: 'FileDescriptorStoreMax=8',
      script: `
        import { openSync } from 'node:fs';
        const [...names] = readyd.listenFds().names;
        if (names.length === 0) {
          for (const fdName of ['a', 'b', 'b']) {
            await readyd.notify({ fdStore: true, fdName }, { fds: [openSync('/srv/remove.mjs', 'r')] });
          }
          await readyd.notify({ fdStore: true, fdName: 'b' }, { fds: [openSync('/etc/passwd', 'r')] });
          await readyd.notify({ fdStoreRemove: true, fdName: 'b' });
        }
        await readyd.ready(names.join());
        ${STAY}`,
    });
    await machine().start(unit);
    await machine().systemctl('restart', unit);
    expect(await machine().show(unit, 'StatusText')).toBe('a');
  });

  test('EXIT_STATUS= and X_ fields change nothing, and the keys beside them are read', async () => {
    const unit = await installService(machine(), {
      name: 'ignored',
      service: 'RemainAfterExit=yes',
      script: `
        await readyd.notify({ exitStatus: 7, ready: true, status: 'heard', fields: { X_READYD: 'anything' } });
        await readyd.barrier();`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'SubState', 'exited');
    expect(await machine().show(unit, 'StatusText')).toBe('heard');
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('0');
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('BARRIER=1 is answered by the manager, once all before it is read', async () => {
    const unit = await installService(machine(), {
      name: 'barrier',
      script: `
        const fast = await readyd.barrier({ timeout: 20_000 });
        process.on('SIGUSR1', async () => {
          // The manager is stopped, so no answer comes.
          const late = await readyd.barrier({ timeout: 300 }).catch(({ code }) => code);
          await readyd.status(fast + ' ' + late);
        });
        await readyd.ready();
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    process.kill(machine().pid, 'SIGSTOP');
    await machine().exec('sh', ['-c', `kill -USR1 ${pid}`], { check: true });
    await new Promise((resolve) => setTimeout(resolve, 800));
    process.kill(machine().pid, 'SIGCONT');
    await machine().waitForProperty(unit, 'StatusText', /./);
    expect(await machine().show(unit, 'StatusText')).toBe('true SD_ERR_TIMEOUT');
  });
});

describeOnSystemd(['trixie', 'sid'], 'the newer keys of a notification', (machine) => {
  test('why it fails is shown as the error of D-Bus and of Varlink, too', async () => {
    const unit = await installService(machine(), {
      name: 'errors',
      script: `
        await readyd.notify({ ready: true, busError: 'org.example.NoShop', varlinkError: 'io.example.NoShop' });
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusBusError')).toBe('org.example.NoShop');
    expect(await machine().show(unit, 'StatusVarlinkError')).toBe('io.example.NoShop');
  });

  test('the main process can be handed on by its pidfd', async () => {
    const unit = await installService(machine(), {
      name: 'pidfd',
      service: 'NotifyAccess=all',
      script: `${ADDON} ${CHILD}
        await readyd.notify(
          { fields: { MAINPIDFD: '1' }, ready: true, status: String(child.pid) },
          { fds: [addon.openProcess(child.pid)] },
        );
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'MainPID')).toBe(await machine().show(unit, 'StatusText'));
  });

  test.each([
    ['and is, where MAINPIDFDID= is its own', 0n],
    ['and is not, where it is that of an earlier process of the same number', 1n],
  ])('the main process can be handed on by number, %s', async (_, difference) => {
    const unit = await installService(machine(), {
      name: `pidfdid${difference}`,
      service: 'NotifyAccess=all',
      script: `${ADDON} ${CHILD}
        import { fstatSync } from 'node:fs';
        const { ino } = fstatSync(addon.openProcess(child.pid), { bigint: true });
        const fields = { MAINPIDFDID: String(ino + ${difference}n) };
        await readyd.notify({ mainPid: child.pid, fields, ready: true, status: process.pid + ' ' + child.pid });
        ${STAY}`,
    });
    await machine().start(unit);
    const pids = (await machine().show(unit, 'StatusText')).split(' ');
    expect(await machine().show(unit, 'MainPID')).toBe(pids[difference === 0n ? 1 : 0]);
  });

  test('NOTIFYACCESS=all lets a child send messages, which were ignored before', async () => {
    const unit = await installService(machine(), {
      name: 'access',
      service: 'NotifyAccess=main',
      script: `
        import { spawnSync } from 'node:child_process';
        const say = (text) => spawnSync(process.execPath, ['--input-type=module', '-e',
          "import { status, barrier } from '/srv/readyd/dist/index.js'; await status('" + text + "');" +
          "await barrier({ timeout: 500 }).catch(() => undefined);"], { stdio: 'inherit' });
        await readyd.status('only mine');
        say('of a child');
        await readyd.ready();
        process.on('SIGUSR1', async () => {
          await readyd.notify({ notifyAccess: 'all' });
          say('of a child');
        });
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'NotifyAccess')).toBe('main');
    expect(await machine().show(unit, 'StatusText')).toBe('only mine');
    await machine().systemctl('kill', '--kill-whom=main', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'of a child');
    expect(await machine().show(unit, 'NotifyAccess')).toBe('all');
  });
});

describeOnSystemd(['sid'], 'the newest key of a notification', (machine) => {
  test('RESTART_RESET=1 forgets the restarts so far', async () => {
    const unit = await installService(machine(), {
      name: 'restarts',
      service: 'Restart=on-failure\nRestartSec=0',
      script: `
        import { appendFileSync, readFileSync } from 'node:fs';
        appendFileSync('/srv/restarts', 'x');
        await readyd.ready();
        if (readFileSync('/srv/restarts', 'utf8').length < 3) process.exit(1);
        process.on('SIGUSR1', () => readyd.notify({ restartReset: true, status: 'reset' }));
        await readyd.status('stays');
        ${STAY}`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'StatusText', 'stays');
    expect(await machine().show(unit, 'NRestarts')).toBe('2');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'reset');
    expect(await machine().show(unit, 'NRestarts')).toBe('0');
  });
});
