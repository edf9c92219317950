// The example on the real systemd, with its unit files as they are.
import { beforeAll, expect, test } from 'vitest';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { get, installExample, verify } from './install.ts';

const UNIT = 'on-demand.service';
const IDLE_MS = 25;
/** How many processes must have answered, one after another. By hand: READYD_IDLE_CYCLES=1000. */
const CYCLES = Number(process.env.READYD_IDLE_CYCLES ?? 8);
/** A start takes a quarter of a second, and several seconds on a busy machine. */
const LONGEST_MS = 9000 + CYCLES * 2000;

// Each client asks, then waits about as long as the idle timeout, so its next request comes when the service is about to exit.
// The clients stop once enough processes have answered, however long each of them takes to start.
const HAMMER = `
const pids = new Set();
const failures = [];
let answers = 0;
const started = Date.now();
const goesOn = () => Date.now() < started + 4000 || (pids.size < ${CYCLES} && Date.now() < started + ${LONGEST_MS});
async function client() {
  while (goesOn()) {
    await new Promise((resolve) => http.get({ port: 8080, host: '127.0.0.1', agent: false }, (response) => {
      response.setEncoding('utf8').once('data', (body) => { answers++; pids.add(body); }).once('close', resolve);
    }).once('error', (error) => { failures.push(String(error)); resolve(); }));
    await new Promise((resolve) => setTimeout(resolve, ${IDLE_MS} - 4 + 8 * Math.random()));
  }
}
Promise.all([client(), client()]).then(() => console.log(JSON.stringify({ answers, failures, pids: pids.size })));`;

describeOnSystemd(['host', 'trixie', 'sid'], 'the on-demand example', (machine) => {
  let units: string[];

  const idle = async (ms: number): Promise<void> => {
    await machine().install({ [`${UNIT}.d/idle.conf`]: `[Service]\nEnvironment=IDLE_MS=${ms}\n` });
  };

  beforeAll(async () => {
    units = await installExample(machine(), 'on-demand', '/srv/on-demand');
    await machine().systemctl('enable', '--now', 'on-demand.socket');
  });

  test('the units pass systemd-analyze verify', async () => {
    expect(await verify(machine(), units)).toBe('');
  });

  test('the first request starts it, it leaves when it is idle, and the next starts another', async () => {
    await idle(300);
    expect(await machine().show(UNIT, 'ActiveState')).toBe('inactive');
    const first = await get(machine());
    expect(first).toMatch(/^hello from process \d+\n$/);
    await machine().waitForProperty(UNIT, 'ActiveState', 'inactive');
    expect(await machine().show(UNIT, 'Result')).toBe('success');
    const second = await get(machine());
    expect(second).toMatch(/^hello from process \d+\n$/);
    expect(second).not.toBe(first);
    await machine().waitForProperty(UNIT, 'ActiveState', 'inactive');
    expect(await machine().show('on-demand.socket', 'SubState')).toBe('listening');
  });

  test(
    'no request is lost between the last close and the next connect',
    async () => {
      await idle(IDLE_MS);
      const { stdout } = await machine().exec(process.execPath, ['-e', HAMMER], {
        check: true,
        timeout: LONGEST_MS + 60_000,
      });
      const { answers, failures, pids } = JSON.parse(stdout);
      console.log(`${answers} requests answered by ${pids} processes, one after another`);
      expect(failures).toEqual([]);
      expect(pids).toBeGreaterThanOrEqual(CYCLES);
      expect(answers).toBeGreaterThan(pids);
      expect(await machine().show('on-demand.socket', 'Result')).toBe('success');
    },
    LONGEST_MS + 90_000,
  );
});
