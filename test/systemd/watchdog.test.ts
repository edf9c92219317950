// The heartbeat against the clock of a real manager.
import { expect, test } from 'vitest';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const HELD_MS = { host: 60_000, trixie: 5000, sid: 5000 };

describeOnSystemd(['host', 'trixie'], 'the watchdog', (machine, target) => {
  test('WatchdogSec=1 is held, also by a loop that has other work (for a minute on the host’s systemd)', async () => {
    const unit = await installService(machine(), {
      name: 'held',
      service: 'WatchdogSec=1',
      script: `
          const dog = readyd.watchdog();
          await readyd.ready(dog.enabled + ' ' + dog.timeout + ' ' + dog.interval);
          // Busy for nearly half of the timeout, again and again.
          setInterval(() => { const end = performance.now() + 400; while (performance.now() < end); }, 900);`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('true 1000 500');
    const pid = await machine().show(unit, 'MainPID');
    await new Promise((resolve) => setTimeout(resolve, HELD_MS[target]));
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    expect(await machine().show(unit, 'MainPID')).toBe(pid);
    expect(await machine().show(unit, 'NRestarts')).toBe('0');
    await machine().stop(unit);
  });

  test('a blocked loop is killed, with result watchdog', async () => {
    const unit = await installService(machine(), {
      name: 'blocked',
      service: 'WatchdogSec=1\nTimeoutAbortSec=1',
      script: `
        readyd.watchdog();
        await readyd.ready();
        setTimeout(() => { for (;;); }, 100);`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
  });

  test('trigger() ends the service at once, with its reason in the status', async () => {
    const unit = await installService(machine(), {
      name: 'triggered',
      service: 'TimeoutAbortSec=1',
      script: `
        const dog = readyd.watchdog();
        await readyd.ready(String(dog.enabled));
        process.on('SIGUSR1', () => dog.trigger('the database is gone'));
        ${STAY}`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('false');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
    expect(await machine().show(unit, 'StatusText')).toBe('the database is gone');
  });

  test('setTimeout() changes what the manager waits for, and the pace', async () => {
    const unit = await installService(machine(), {
      name: 'repaced',
      service: 'WatchdogSec=60\nTimeoutAbortSec=1',
      script: `
        const dog = readyd.watchdog();
        await readyd.ready();
        await dog.setTimeout(300);
        await readyd.status(dog.timeout + ' ' + dog.interval);
        process.on('SIGUSR1', () => dog.stop());
        ${STAY}`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'StatusText', '300 150');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
  });

  test('the timer does not keep the service alive', async () => {
    const unit = await installService(machine(), {
      name: 'ends',
      service: 'WatchdogSec=10\nRemainAfterExit=yes',
      script: 'readyd.watchdog(); await readyd.ready();',
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'SubState', 'exited');
    expect(await machine().show(unit, 'Result')).toBe('success');
  });
});
