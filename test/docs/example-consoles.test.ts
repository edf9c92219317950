// Runs the commands that the pages of the examples show on a real systemd, each example as its page installs it: they must
// print what the page shows. READYD_SHOW=1 prints the real output.
import { expect, test } from 'vitest';
import { installExample } from '../examples/install.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { documents } from './blocks.ts';
import { type Command, commandsOf, expectShown } from './commands.ts';

interface Example {
  readonly folder: string;
  /** What the page's text, and not its blocks, asks the reader to do; by the command that follows. */
  readonly before?: Readonly<Record<string, string>>;
  readonly idleMs?: number;
}

const ASK = 'curl --silent http://127.0.0.1:8080/';
const EXAMPLES: Readonly<Record<string, Example>> = {
  'http-server': { folder: '/srv/http-server', before: { 'systemctl status': `${ASK} && ${ASK}` } },
  'on-demand': { folder: '/srv/on-demand', idleMs: 5000 },
  reload: { folder: '/srv/settings' },
  service: {
    folder: '/srv/greeter',
    before: { 'systemctl enable': 'install -m 600 /dev/null /etc/greeter.token && echo sesame >/etc/greeter.token' },
  },
  'worker-pool': { folder: '/srv/worker-pool' },
  'zero-downtime': {
    folder: '/srv/counter',
    before: { 'systemd-analyze': 'systemctl start counter-alone; systemctl restart counter-alone' },
  },
};

/** Pages whose commands cannot run in a machine, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  metrics: 'npm builds the example, and the stand-in runs it: test/examples/metrics.test.ts',
};

const pageOf = (name: string): string => `examples/${name}/README.md`;

/** Commands that only look. They print what the page shows as soon as the service has done it. */
const LOOKS = /^(journalctl|sleep|systemctl (status|is-active|show)|systemd-analyze)\b/;

/** Commands that follow each other without a line between them belong to one script. */
function scripts(commands: readonly Command[]): Command[] {
  const found: Command[] = [];
  let lines: string[] = [];
  for (const [index, command] of commands.entries()) {
    lines.push(command.line);
    if (command.output === '' && commands[index + 1]?.place === command.place) continue;
    found.push({ ...command, line: lines.join('\n') });
    lines = [];
  }
  return found;
}

async function run(machine: Machine, folder: string, command: Command): Promise<void> {
  const look = async (): Promise<string> => {
    const { stdout, stderr } = await machine.exec('sh', ['-c', `cd ${folder}\n${command.line}`]);
    return stdout + stderr;
  };
  let output = await look();
  const isShown = async (): Promise<boolean> => {
    try {
      expectShown(output, command);
      return true;
    } catch {
      output = await look();
      return false;
    }
  };
  if (LOOKS.test(command.line)) await machine.waitFor(isShown, 20_000).catch(() => undefined);
  if (process.env.READYD_SHOW) console.log(`${command.place}\n$ ${command.line}\n${output}`);
  expectShown(output, command);
}

describeOnSystemd(['trixie'], 'the commands of the page of the example', (machine) => {
  test.each(Object.entries(EXAMPLES))('%s', async (name, { folder, before = {}, idleMs }) => {
    const units = await installExample(machine(), name, folder);
    if (idleMs !== undefined) {
      await machine().install({ [`${name}.service.d/idle.conf`]: `[Service]\nEnvironment=IDLE_MS=${idleMs}\n` });
    }
    try {
      for (const command of scripts(commandsOf(pageOf(name)))) {
        const [, first] = Object.entries(before).find(([start]) => command.line.startsWith(start)) ?? [];
        if (first !== undefined) await machine().exec('sh', ['-c', `cd ${folder}\n${first}`], { check: true });
        await run(machine(), folder, command);
      }
    } finally {
      await machine().systemctl('stop', ...units);
    }
  });
});

test('every example with commands is run, or left out with a reason', () => {
  const pages = documents().filter((page) => page.startsWith('examples/') && commandsOf(page).length > 0);
  const known = [...Object.keys(EXAMPLES), ...Object.keys(LEFT_OUT)].map(pageOf);
  expect(known.toSorted()).toEqual(pages.toSorted());
});
