// What a service sees when systemd, journald or its socket unit restart, or it is frozen: the table of docs/service.md.
import { beforeAll, expect, test } from 'vitest';
import { Clients } from './load.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const UNIT = 'steady.service';
// What `systemctl freeze` and `thaw` do; they themselves need a bus, which these machines do not have.
const FREEZE = `
  group=/sys/fs/cgroup$(systemctl show --property=ControlGroup --value ${UNIT})
  echo 1 >$group/cgroup.freeze && sleep 0.3 && echo 0 >$group/cgroup.freeze`;

describeOnSystemd(['host', 'trixie', 'sid'], 'a service, when others restart', (machine) => {
  beforeAll(async () => {
    await installService(machine(), {
      name: 'steady',
      service: 'Sockets=steady.socket\nWatchdogSec=30',
      script: `
        import { createServer } from 'node:http';
        let asked = 0;
        const server = createServer((_, response) => response.end(process.pid + ' ' + (asked += 1)));
        await readyd.service({
          start: async ({ log }) => {
            let entries = 0;
            setInterval(() => log.info('entry ' + (entries += 1)), 20).unref();
            await readyd.listen(server, { name: 'web' });
          },
          status: () => 'asked ' + asked, statusInterval: 50,
          stop: () => readyd.drain(server),
        });`,
      files: { 'steady.socket': '[Socket]\nListenStream=127.0.0.1:9200\nFileDescriptorName=web\n' },
    });
    await machine().systemctl('start', 'steady.socket', UNIT);
  });

  test.each([
    ['daemon-reload', 'systemctl daemon-reload'],
    ['daemon-reexec', 'systemctl daemon-reexec'],
    ['a rotation of the journal', 'journalctl --rotate'],
    ['freeze and thaw', FREEZE],
  ])('%s: the same process answers everything, and its status arrives', async (_, command) => {
    const pid = await machine().show(UNIT, 'MainPID');
    const clients = await Clients.start(machine(), { port: 9200, keptAlive: 4, oneShot: 2 });
    const { code, stderr } = await machine().exec('sh', ['-c', command]);
    const before = await machine().show(UNIT, 'StatusText');
    await machine().waitFor(async () => (await machine().show(UNIT, 'StatusText')) !== before);
    const { failures, pids } = await clients.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect({ failures, pids }).toEqual({ failures: [], pids: 1 });
    expect(await machine().show(UNIT, 'MainPID')).toBe(pid);
  });

  test('a restart of journald: no entry is lost, and the order is kept', async () => {
    const numbers = async (): Promise<number[]> =>
      (await machine().journal('-u', UNIT, '--grep=^entry')).map(({ MESSAGE }) => Number(String(MESSAGE).slice(6)));
    const before = (await numbers()).at(-1) ?? 0;
    await machine().systemctl('restart', 'systemd-journald.service');
    const found = await machine().waitFor(async () => {
      const all = await numbers();
      return (all.at(-1) ?? 0) > before + 20 ? all : undefined;
    });
    const first = found[0] ?? 0;
    expect(found).toEqual(found.map((_, index) => first + index));
    expect(await machine().show(UNIT, 'ActiveState')).toBe('active');
  });

  test('a restart of the socket unit under a service that does not require it: the service goes on', async () => {
    const pid = await machine().show(UNIT, 'MainPID');
    const { code } = await machine().exec('systemctl', ['restart', 'steady.socket']);
    expect(code).not.toBe(0);
    expect(await machine().show(UNIT, 'MainPID')).toBe(pid);
    expect(await machine().show(UNIT, 'ActiveState')).toBe('active');
    await machine().stop(UNIT);
    expect(await machine().show(UNIT, 'Result')).toBe('success');
  });
});
