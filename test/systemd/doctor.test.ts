// Every set-up that `readyd doctor` knows, broken for it on the real systemd.
import { beforeAll, expect, test } from 'vitest';
import { bundleCommand, bundleModule } from '../cli/bundle.ts';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { STAY } from './service.ts';

interface Report {
  code: number | null;
  findings: { id: string; severity: string; what: string; why: string; change: string }[];
}

let command: string[];
let readyd: string;

beforeAll(async () => {
  command = await bundleCommand('doctor', 'systemd');
  readyd = await bundleModule('index.ts', 'doctor');
});

const READY = `await readyd.ready('serving');\n${STAY}`;
const NODE = process.execPath;

interface Case {
  readonly finds: readonly string[];
  readonly script?: string;
  readonly service?: string;
  /** In place of Node and the script, which is `SCRIPT` in it. */
  readonly exec?: string;
  /** Until when to wait before looking. */
  readonly until: readonly [property: string, value: RegExp];
  readonly why?: RegExp;
  /** The first systemd on which it is to be seen. */
  readonly since?: number;
  readonly before?: number;
}

const RUNS = ['ActiveState', /^active$/] as const;
const STARTS = ['SubState', /^start$/] as const;
const FAILED = ['ActiveState', /^failed$/] as const;

const CASES: Readonly<Record<string, Case>> = {
  healthy: { finds: [], until: RUNS },
  shell: {
    finds: ['not-main-process'],
    exec: `/bin/sh -c '${NODE} SCRIPT; true'`,
    until: ['StatusText', /^$/],
    why: /NotifyAccess=main/,
  },
  all: {
    finds: ['not-main-process'],
    exec: `/bin/sh -c '${NODE} SCRIPT; true'`,
    service: 'NotifyAccess=all',
    until: RUNS,
  },
  silent: { finds: ['ready-not-sent'], script: STAY, until: STARTS },
  late: { finds: ['ready-not-sent'], script: STAY, service: 'TimeoutStartSec=1', until: FAILED },
  simple: { finds: ['type-not-notify'], service: 'Type=simple', until: RUNS },
  forking: { finds: ['type-not-notify'], service: 'Type=forking', until: STARTS },
  unknown: { finds: ['type-unknown'], service: 'Type=notify-reload', until: RUNS, before: 253 },
  family: {
    finds: ['af-unix-not-allowed'],
    script: STAY,
    service: 'RestrictAddressFamilies=AF_INET AF_INET6',
    until: STARTS,
  },
  nofamily: { finds: ['af-unix-not-allowed'], script: STAY, service: 'RestrictAddressFamilies=none', until: STARTS },
  jit: { finds: ['jit-not-allowed'], service: 'MemoryDenyWriteExecute=yes', until: FAILED },
  syscall: {
    finds: ['system-call-refused'],
    service: 'SystemCallFilter=@system-service\nSystemCallFilter=~@network-io',
    until: FAILED,
  },
  nojournal: { finds: ['journal-not-connected'], service: 'StandardOutput=null\nStandardError=null', until: RUNS },
  hidden: {
    finds: ['socket-hidden'],
    service: 'InaccessiblePaths=/run/systemd/journal',
    until: RUNS,
    why: /InaccessiblePaths/,
  },
  deaf: { finds: ['socket-hidden'], script: STAY, service: 'InaccessiblePaths=/run/systemd/notify', until: STARTS },
  addon: {
    finds: ['addon-not-loaded'],
    service: 'Environment=READYD_NATIVE=/etc/hostname',
    exec: `${NODE} --no-addons SCRIPT`,
    until: FAILED,
  },
  noexec: {
    finds: ['addon-not-loaded'],
    service: 'NoExecPaths=ROOT',
    until: FAILED,
    why: /failed to map|not permitted/,
  },
  missing: {
    finds: ['addon-not-loaded'],
    service: 'InaccessiblePaths=ROOT/build/Release -ROOT/prebuilds',
    until: FAILED,
    why: /readyd\.node: /,
  },
  expired: { finds: ['watchdog-expired'], service: 'WatchdogSec=200ms', until: FAILED },
  unwatched: { finds: ['watchdog-missing'], script: `readyd.watchdog();\n${READY}`, until: RUNS },
  store: { finds: ['fd-store-off'], script: `readyd.fdStore.capacity;\n${READY}`, until: RUNS },
  hangup: { finds: ['reload-without-handler'], service: 'ExecReload=/bin/kill -HUP $MAINPID', until: RUNS },
  reload: {
    finds: ['reload-without-handler'],
    service: 'Type=notify-reload',
    until: ['ActiveState', /^(active|failed)$/],
    since: 253,
  },
  early: { finds: ['ended-before-ready'], script: '', until: FAILED, why: /said nothing/ },
  throws: {
    finds: ['program-ended'],
    script: `throw new Error('no configuration');`,
    until: FAILED,
    why: /no configuration/,
  },
  nowhere: {
    finds: ['not-executed'],
    exec: '/usr/bin/nodejs-of-another-day SCRIPT',
    until: FAILED,
    why: /another-day/,
  },
  limit: {
    finds: ['start-limit', 'program-ended'],
    script: 'process.exit(3)',
    service: 'Restart=always\nRestartSec=10ms',
    until: ['NRestarts', /^5$/],
  },
  child: {
    finds: ['notify-access'],
    script: `import { spawnSync } from 'node:child_process';
const child = "import('READYD').then((r) => r.notify({ status: 'x' })).then(() => setTimeout(() => {}, 300))";
spawnSync(process.execPath, ['-e', child]);\n${READY}`,
    before: 257,
    until: RUNS,
  },
};

async function doctor(machine: Machine, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await machine.exec(process.execPath, [...command, '--json', ...args]);
  if (stdout === '') throw new Error(stderr);
  return { code, findings: (JSON.parse(stdout) as Report).findings };
}

async function install(machine: Machine, name: string, given: Case): Promise<string> {
  const unit = `${name}.service`;
  const script = `/srv/${name}.mjs`;
  await machine.write(
    script,
    `import * as readyd from '${readyd}';\n${(given.script ?? READY).replace('READYD', readyd)}`,
  );
  const service = (given.service ?? '').replaceAll('ROOT', packageRoot());
  const lines = [
    ...(service.includes('Type=') ? [] : ['Type=notify']),
    `ExecStart=${(given.exec ?? `${NODE} SCRIPT`).replace('SCRIPT', script)}`,
    service,
  ];
  await machine.install({ [unit]: `[Service]\n${lines.join('\n')}\n` });
  await machine.systemctl('start', '--no-block', unit);
  return unit;
}

describeOnSystemd(['host', 'trixie', 'sid'], 'readyd doctor', (machine) => {
  test.each(Object.entries(CASES))('%s', async (name, given) => {
    if (machine().version < (given.since ?? 0) || machine().version >= (given.before ?? 9999)) return;
    const unit = await install(machine(), name, given);
    const [property, value] = given.until;
    await machine().waitForProperty(unit, property, value, 15_000);
    // Until the process is there and has come to what it does.
    let report: Report = { code: null, findings: [] };
    const ids = () => report.findings.map(({ id }) => id);
    const asked = async () => {
      report = await doctor(machine(), unit);
      return JSON.stringify(ids()) === JSON.stringify(given.finds);
    };
    await machine()
      .waitFor(asked, 4000)
      .catch(() => undefined);
    expect(report.findings.filter(({ id }) => !given.finds.includes(id))).toEqual([]);
    expect(ids()).toEqual(given.finds);
    expect(report.code).toBe(given.finds.length === 0 ? 0 : 1);
    if (given.why) expect(report.findings[0]?.why).toMatch(given.why);
    await machine().systemctl('stop', unit);
  });

  test('a socket for another process', async () => {
    const given: Case = { finds: [], exec: `/bin/sh -c '${NODE} SCRIPT; true'`, until: RUNS };
    await machine().install({ 'passed.socket': '[Socket]\nListenStream=127.0.0.1:7001\n' });
    const unit = await install(machine(), 'passed', { ...given, service: 'Sockets=passed.socket\nNotifyAccess=all' });
    await machine().waitForProperty(unit, 'ActiveState', 'active');
    const { findings } = await doctor(machine(), unit);
    expect(findings.map(({ id }) => id)).toEqual(['not-main-process', 'listen-pid']);
    await machine().systemctl('stop', unit, 'passed.socket');
  });

  test('a socket that is not started', async () => {
    await machine().install({ 'apart.socket': '[Socket]\nListenStream=127.0.0.1:7002\n' });
    const unit = await install(machine(), 'apart', { finds: [], until: RUNS });
    await machine().waitForProperty(unit, 'ActiveState', 'active');
    const { findings } = await doctor(machine(), unit);
    expect(findings.map(({ id }) => id)).toEqual(['socket-not-started']);
    await machine().stop(unit);
  });

  test('a unit that is not there, or is not read', async () => {
    expect((await doctor(machine(), 'nothing')).findings.map(({ id }) => id)).toEqual(['unit-not-found']);
    const unit = await install(machine(), 'changed', { finds: [], until: RUNS });
    await machine().waitForProperty(unit, 'ActiveState', 'active');
    await machine().exec('touch', ['-d', '+2 seconds', `/run/systemd/system/${unit}`]);
    expect((await doctor(machine(), unit)).findings.map(({ id }) => id)).toEqual(['unit-file-changed']);
    await machine().stop(unit);
    await machine().install({ 'empty.service': '[Service]\nType=notify\n' });
    expect((await doctor(machine(), 'empty')).findings.map(({ id }) => id)).toContain('unit-not-loaded');
  });

  test('in a service it looks at that one, and elsewhere it says so', async () => {
    expect((await doctor(machine())).findings.map(({ id }) => id)).toEqual(['not-a-service']);
    const inside = `${NODE} ${command.map((word) => `"${word.replaceAll('"', '\\"')}"`).join(' ')} --json`;
    const unit = await install(machine(), 'inside', {
      finds: [],
      service: `Type=simple\nExecStartPost=${inside}\nSuccessExitStatus=1`,
      until: RUNS,
    });
    const entries = await machine().waitFor(async () => {
      const found = await machine().journal(`--unit=${unit}`);
      return found.some(({ MESSAGE }) => MESSAGE === '}') ? found : undefined;
    });
    const text = entries.map(({ MESSAGE }) => MESSAGE).join('\n');
    expect(text).toContain('"subject": "inside.service"');
    expect(text).toContain('"id": "type-not-notify"');
    await machine().systemctl('stop', unit);
  });
});
