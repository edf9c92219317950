// What docs/auto.md shows of Node-RED without and with the preload: systemctl status and journalctl, word for word.
import { beforeAll, expect, test } from 'vitest';
import { blocks, unitsOf } from '../docs/blocks.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { prepare } from './machine.ts';
import { unitOf } from './recipes.ts';

const PAGE = 'docs/auto.md';

/** The text without the parts that differ between runs: times, pids, sizes, and the folder of the units. */
function steady(text: string): string {
  return text
    .replaceAll(/^.*Invocation: .*\n/gm, '')
    .replaceAll(/^ *(Memory|Tasks|CPU|IO|IP): .*\n/gm, '')
    .replaceAll('/run/systemd/system', '/etc/systemd/system')
    .replaceAll(/since .*/g, 'since …')
    .replaceAll(/Main PID: \d+/g, 'Main PID: 1')
    .replaceAll(/─\d+ /g, '─1 ')
    .replaceAll(/\[\d+\]:/g, '[1]:')
    .replaceAll(/^ {30,}/gm, '    ')
    .replaceAll(/^\w{3} \d\d \d\d:\d\d:\d\d \S+ /gm, '')
    .replaceAll(/\d?\d \w{3} \d\d:\d\d:\d\d/g, '…')
    .replaceAll(/[ ]+$/gm, '')
    .trim();
}

/** The commands of a console block, and what they print. */
async function expectShown(machine: Machine, block: string): Promise<void> {
  for (const part of block.split(/^\$ /m).slice(1)) {
    const [command = '', ...said] = part.split('\n');
    const { stdout, stderr } = await machine.exec('sh', ['-c', `SYSTEMD_PAGER= ${command}`]);
    if (process.env.READYD_SHOW) console.log(`$ ${command}\n${stdout}${stderr}`);
    // On a slow machine, systemctl prints what it waits for.
    const shown = stdout.replaceAll(/^.*: not ready: .*\n/gm, '');
    expect(steady(shown + stderr)).toBe(steady(said.join('\n')));
  }
}

describeOnSystemd(['host'], 'Node-RED', (machine) => {
  const before = unitsOf(PAGE).find(({ name }) => name === 'node-red.service')?.content ?? '';
  const shown = blocks(PAGE, 'console').filter(({ code }) => code.includes('node-red'));
  const isUp = () =>
    machine().waitFor(async () => (await machine().journal('--unit=node-red', '--grep=Started flows')).length > 0);

  const installFresh = async (units: Readonly<Record<string, string>>) => {
    const script =
      'systemctl stop node-red.socket node-red; rm -rf /srv/node-red; journalctl --rotate --vacuum-time=1ms';
    await machine().exec('sh', ['-c', script]);
    await machine().install(units);
  };

  beforeAll(() => prepare(machine()));

  test('without the preload, as docs/auto.md shows it', async () => {
    await installFresh({ 'node-red.service': before });
    await machine().start('node-red.service');
    await isUp();
    await expectShown(machine(), shown[0]?.code ?? '');
  });

  test('with the preload, as docs/auto.md shows it', async () => {
    const [service = '', socket = ''] = [unitOf('node-red.service'), unitOf('node-red.socket')];
    await installFresh({ 'node-red.service': service, 'node-red.socket': socket });
    await machine().systemctl('start', 'node-red.socket');
    await machine().start('node-red.service');
    await isUp();
    await expectShown(machine(), shown[1]?.code ?? '');
  });
});
