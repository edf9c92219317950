// The messages of a service, as systemd reads them. The service uses the built package.
import { expect, test } from 'vitest';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const text = (value: string) => JSON.stringify(value);

describeOnSystemd(['host', 'trixie', 'sid'], 'notify', (machine) => {
  test('systemctl start returns when the daemon called ready()', async () => {
    const unit = await installService(machine(), {
      name: 'ready',
      script: `setTimeout(() => readyd.ready('serving'), 300); ${STAY}`,
    });
    const start = machine().start(unit);
    await machine().waitForProperty(unit, 'ActiveState', 'activating');
    await start;
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    expect(await machine().show(unit, 'StatusText')).toBe('serving');
  });

  test.each([
    ['a backslash', 'C:\\temp\\new', 'C:\\temp\\new'],
    ['a backslash at the end', 'half\\', 'half\\'],
    ['a newline', 'two\nlines', 'two lines'],
    ['an assignment', 'x\nMAINPID=1\r\nSTATUS=forged\\', 'x MAINPID=1 STATUS=forged\\'],
    ['an emoji', 'up 🚀 é', 'up 🚀 é'],
    ['quotes', '"a" \'b\'', '"a" \'b\''],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['5000 characters', 'x'.repeat(5000), `${'x'.repeat(4078)}…`],
    ['5000 characters of three bytes', '€'.repeat(5000), `${'€'.repeat(1359)}…`],
  ])('a status with %s', async (_, status, shown) => {
    const unit = await installService(machine(), {
      name: 'status',
      // READY= travels in the same message: a status that broke out of its line would take it along.
      script: `await readyd.ready(${text(status)}); ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe(shown);
    expect(await machine().show(unit, 'MainPID')).not.toBe('1');
    await machine().stop(unit);
  });

  test('the last status and the last messages before process.exit arrive', async () => {
    const unit = await installService(machine(), {
      name: 'exit',
      service: 'RemainAfterExit=yes',
      script: `
        await readyd.ready();
        for (let n = 0; n < 100; n += 1) void readyd.status('step ' + n);
        await readyd.barrier();
        process.exit(0);`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'SubState', 'exited');
    expect(await machine().show(unit, 'StatusText')).toBe('step 99');
  });

  test('an exit handler can still speak', async () => {
    const unit = await installService(machine(), {
      name: 'sync',
      service: 'RemainAfterExit=yes',
      script: `
        process.on('exit', () => readyd.notifySync({ status: 'last words' }));
        await readyd.ready('running');
        process.exit(0);`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'SubState', 'exited');
    expect(await machine().show(unit, 'StatusText')).toBe('last words');
  });

  test('why it fails is shown', async () => {
    const unit = await installService(machine(), {
      name: 'fails',
      script: `
        await readyd.notify({ status: 'no database', errno: 111, busError: 'org.example.Error' });
        await readyd.barrier();
        process.exit(1);`,
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'StatusErrno')).toBe('111');
    expect(await machine().show(unit, 'StatusText')).toBe('no database');
    expect(await machine().show(unit, 'Result')).toBe('exit-code');
  });

  test('a start that takes longer is granted the time it asks for', async () => {
    const unit = await installService(machine(), {
      name: 'slow',
      service: 'TimeoutStartSec=1',
      script: `
        const timer = setInterval(() => readyd.extendTimeout(1000), 300);
        setTimeout(() => { clearInterval(timer); void readyd.ready(); }, 1800);
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
  });

  test('stopping is seen', async () => {
    const unit = await installService(machine(), {
      name: 'stops',
      // It ends after the test has seen the state.
      script: `
        import { existsSync } from 'node:fs';
        process.on('SIGTERM', async () => {
          await readyd.stopping('closing');
          setInterval(() => existsSync('/run/seen') && process.exit(0), 20);
        });
        await readyd.ready(); ${STAY}`,
    });
    await machine().start(unit);
    const stop = machine().stop(unit);
    await machine().waitForProperty(unit, 'StatusText', 'closing');
    expect(await machine().show(unit, 'ActiveState')).toBe('deactivating');
    await machine().write('/run/seen', '');
    await stop;
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('the main process can be handed on', async () => {
    const unit = await installService(machine(), {
      name: 'hand-over',
      service: 'NotifyAccess=all',
      script: `
        import { spawn } from 'node:child_process';
        const child = spawn(process.execPath, ['-e', ${text(STAY)}], { stdio: 'ignore' });
        await readyd.notify({ mainPid: child.pid, ready: true, status: String(child.pid) });
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'MainPID')).toBe(await machine().show(unit, 'StatusText'));
  });

  test('a worker thread can speak', async () => {
    const unit = await installService(machine(), {
      name: 'worker',
      script: `
        import { isMainThread, Worker } from 'node:worker_threads';
        if (isMainThread) new Worker(new URL(import.meta.url));
        else await readyd.ready('from a worker');
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('from a worker');
  });

  test('100 descriptors are stored, more than the store holds are not', async () => {
    const unit = await installService(machine(), {
      name: 'store',
      service: 'FileDescriptorStoreMax=100',
      script: `
        import { openSync } from 'node:fs';
        const fds = Array.from({ length: 100 }, (_, n) => openSync('/srv/store.mjs', 'r'));
        await readyd.notify({ fdStore: true, fdName: 'kept', fdPoll: false }, { fds });
        await readyd.notify({ ready: true });
        process.on('SIGUSR1', () => readyd.notify({ fdStoreRemove: true, fdName: 'kept', status: 'removed' }));
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'NFileDescriptorStore')).toBe('100');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'removed');
    expect(await machine().show(unit, 'NFileDescriptorStore')).toBe('0');
  });

  test('a stopped manager holds nothing up, and gets everything in order once it goes on', async () => {
    const unit = await installService(machine(), {
      name: 'stalled',
      script: `
        await readyd.ready();
        process.on('SIGUSR1', () => {
          let turns = 0;
          const timer = setInterval(() => (turns += 1), 1);
          const sent = Array.from({ length: 2000 }, (_, n) => readyd.status('message ' + n));
          void Promise.all(sent).then(() => {
            clearInterval(timer);
            void readyd.status('all 2000 sent; the loop turned ' + (turns > 20 ? 'meanwhile' : turns + ' times'));
          });
        });
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    process.kill(machine().pid, 'SIGSTOP');
    await machine().exec('sh', ['-c', `kill -USR1 ${pid}`], { check: true });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.kill(machine().pid, 'SIGCONT');
    await machine().waitForProperty(unit, 'StatusText', /^all/);
    expect(await machine().show(unit, 'StatusText')).toBe('all 2000 sent; the loop turned meanwhile');
  });

  test('a manager that re-executes itself is still reached', async () => {
    const unit = await installService(machine(), {
      name: 'reexec',
      script: `await readyd.ready('before'); process.on('SIGUSR1', () => readyd.status('after')); ${STAY}`,
    });
    await machine().start(unit);
    await machine().systemctl('daemon-reexec');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'after');
  });
});

describeOnSystemd(['trixie', 'sid'], 'a newer manager', (machine) => {
  test('reload() completes systemctl reload of a notify-reload unit', async () => {
    const unit = await installService(machine(), {
      name: 'reload',
      service: 'Type=notify-reload\nTimeoutStartSec=5',
      script: `
        let count = 0;
        process.on('SIGHUP', () => readyd.reload(async () => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          count += 1;
          await readyd.status('reloaded ' + count);
        }));
        await readyd.ready(); ${STAY}`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('reloaded 2');
    expect(await machine().show(unit, 'ReloadResult')).toBe('success');
  });

  test('a reload that fails neither hangs nor stops the service', async () => {
    const unit = await installService(machine(), {
      name: 'reload-fails',
      service: 'Type=notify-reload\nTimeoutStartSec=5',
      script: `
        import { readFile } from 'node:fs/promises';
        process.on('SIGHUP', () => readyd.reload(() => readFile('/etc/no-such-file')).catch(() => undefined));
        await readyd.ready(); ${STAY}`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    expect(await machine().show(unit, 'StatusText')).toMatch(/^reload failed: ENOENT/);
    expect(await machine().show(unit, 'StatusErrno')).toBe('2');
  });

  test('$FDSTORE says how many descriptors the unit keeps, and NOTIFYACCESS= who may speak', async () => {
    const unit = await installService(machine(), {
      name: 'newer',
      service: 'FileDescriptorStoreMax=7',
      script: `await readyd.notify({ ready: true, status: process.env.FDSTORE, notifyAccess: 'all' }); ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('7');
    expect(await machine().show(unit, 'NotifyAccess')).toBe('all');
  });

  test('VARLINKERROR= is shown', async () => {
    const unit = await installService(machine(), {
      name: 'varlink',
      script: `await readyd.notify({ ready: true, varlinkError: 'io.systemd.Failed' }); ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusVarlinkError')).toBe('io.systemd.Failed');
  });

  test('the main process can be handed on by its descriptor', async () => {
    const unit = await installService(machine(), {
      name: 'pidfd',
      service: 'NotifyAccess=all',
      script: `
        import { spawn } from 'node:child_process';
        import { createRequire } from 'node:module';
        const addon = createRequire(import.meta.url)(process.env.ADDON);
        const child = spawn(process.execPath, ['-e', ${text(STAY)}], { stdio: 'ignore' });
        const pidfd = addon.openProcess(child.pid);
        await readyd.notify({ ready: true, status: String(child.pid), fields: { MAINPIDFD: '1' } }, { fds: [pidfd] });
        ${STAY}`,
      files: {
        'pidfd.service.d/addon.conf': `[Service]\nEnvironment=ADDON=${process.cwd()}/build/Release/readyd.node\n`,
      },
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'MainPID')).toBe(await machine().show(unit, 'StatusText'));
  });
});
