// Scenarios about the states of a service, from its start to its exit: systemd.service(5)
import { join } from 'node:path';
import { packageRoot } from '../../systemd/boot.ts';
import { DEAD, failed, type Scenario } from './scenario.ts';

const START = ['start', true] as const;
const HUP = "process.on('SIGHUP', () => (ANSWER));";

function reloads(name: string, answer: string, went: boolean, more: Partial<Scenario> = {}): Scenario {
  return {
    name: `notify-reload: ${name}`,
    program: `${HUP.replace('ANSWER', answer)} say('READY=1'); stay();`,
    unit: { type: 'notify-reload', startTimeout: went ? 10_000 : 1000 },
    steps: [START, ['reload', went]],
    seen: went ? {} : { reload: 'timeout' },
    since: 253,
    ...more,
  };
}

const STARTS: readonly Scenario[] = [
  {
    name: 'READY never comes',
    program: 'stay();',
    unit: { startTimeout: 500 },
    steps: [['start', false]],
    seen: failed('timeout'),
  },
  { name: 'an end before READY', program: '', steps: [['start', false]], seen: failed('protocol') },
  { name: 'a failure before READY', program: 'process.exit(3);', steps: [['start', false]], seen: failed('exit-code') },
  {
    name: 'SIGTERM before READY',
    program: "process.kill(process.pid, 'SIGTERM'); stay();",
    steps: [['start', false]],
    seen: failed('protocol'),
  },
  { name: 'an end after READY', program: "say('READY=1');", steps: [['begin']], seen: DEAD },
  {
    name: 'a failure after READY',
    program: "say('READY=1'); process.exitCode = 3;",
    steps: [['begin']],
    seen: failed('exit-code'),
  },
  {
    name: 'a crash',
    program: "say('READY=1'); stay();",
    steps: [START, ['signal', 'SIGKILL']],
    seen: failed('signal'),
  },
  {
    name: 'a signal that is clean',
    program: "say('READY=1'); stay();",
    steps: [START, ['signal', 'SIGINT']],
    seen: DEAD,
  },
  {
    name: 'a stop before READY',
    program: "say('STATUS=soon'); stay();",
    steps: [['begin'], ['until', { status: 'soon' }], ['stop']],
    seen: { ...DEAD, status: 'soon' },
  },
  {
    name: 'EXTEND_TIMEOUT_USEC puts off the start timeout',
    program: "say('EXTEND_TIMEOUT_USEC=20000000'); await sleep(5000); say('READY=1'); stay();",
    unit: { startTimeout: 4000 },
    steps: [START],
    seen: {},
  },
  {
    name: 'EXTEND_TIMEOUT_USEC never brings it forward',
    program: "say('EXTEND_TIMEOUT_USEC=1000'); await sleep(500); say('READY=1'); stay();",
    unit: { startTimeout: 5000 },
    steps: [START],
    seen: {},
  },
  {
    name: 'EXTEND_TIMEOUT_USEC runs out',
    program: "say('EXTEND_TIMEOUT_USEC=900000'); stay();",
    unit: { startTimeout: 600 },
    steps: [['start', false]],
    seen: failed('timeout'),
  },
  {
    name: 'ExecStartPre fails',
    program: "say('READY=1'); stay();",
    unit: { startPre: [{ argv: ['/bin/false'] }] },
    steps: [['start', false]],
    seen: failed('exit-code'),
  },
  {
    name: 'ExecStartPre may fail',
    program: "say('READY=1'); stay();",
    unit: { startPre: [{ argv: ['/bin/false'], mayFail: true }] },
    steps: [START],
    seen: {},
  },
  {
    name: 'ExecStartPost fails',
    program: "say('READY=1'); stay();",
    unit: { startPost: [{ argv: ['/bin/false'] }] },
    steps: [['start', false]],
    seen: failed('exit-code'),
  },
  {
    name: 'a command that is not there',
    program: '',
    command: ['/nowhere/at-all'],
    steps: [['start', false]],
    seen: failed('exit-code'),
  },
  {
    name: 'Type=exec, a command that is not there',
    program: '',
    command: ['/nowhere/at-all'],
    unit: { type: 'exec' },
    steps: [['start', false]],
    seen: failed('exit-code'),
  },
  { name: 'Type=exec', program: 'stay();', unit: { type: 'exec' }, steps: [START], seen: {} },
  { name: 'Type=simple', program: 'stay();', unit: { type: 'simple' }, steps: [START], seen: {} },
  { name: 'Type=simple that ends', program: '', unit: { type: 'simple' }, steps: [START], seen: DEAD },
  { name: 'Type=oneshot', program: '', unit: { type: 'oneshot' }, steps: [START], seen: DEAD },
  {
    name: 'Type=oneshot that stays active',
    program: '',
    unit: { type: 'oneshot', remainAfterExit: true },
    steps: [START],
    seen: { sub: 'exited', main: 'none' },
  },
  {
    name: 'Type=oneshot that fails',
    program: 'process.exit(1);',
    unit: { type: 'oneshot' },
    steps: [['start', false]],
    seen: failed('exit-code'),
  },
  {
    name: 'Type=oneshot and SIGTERM',
    program: "process.kill(process.pid, 'SIGTERM'); stay();",
    unit: { type: 'oneshot' },
    steps: [['start', false]],
    seen: failed('signal'),
  },
];

const RELOADS: readonly Scenario[] = [
  reloads('the whole answer', "say('RELOADING=1\\nMONOTONIC_USEC=' + now()), say('READY=1\\nSTATUS=new')", true, {
    seen: { status: 'new' },
  }),
  reloads('all in one message', "say('RELOADING=1\\nREADY=1\\nMONOTONIC_USEC=' + now())", true),
  reloads('READY alone', "say('READY=1')", false),
  reloads('no time', "say('RELOADING=1'), say('READY=1')", false),
  reloads('a time from before', "say('RELOADING=1\\nMONOTONIC_USEC=1'), say('READY=1')", false),
  reloads('the time in another message', "say('MONOTONIC_USEC=' + now()), say('RELOADING=1'), say('READY=1')", false),
  reloads('READY is missing', "say('RELOADING=1\\nMONOTONIC_USEC=' + now())", false, { since: 262 }),
  reloads('it ends instead', 'process.exit(1)', false, { seen: failed('exit-code') }),
  {
    name: 'notify-reload: nobody handles the signal',
    program: "say('READY=1'); stay();",
    unit: { type: 'notify-reload' },
    steps: [['start', false]],
    seen: failed('protocol'),
    since: 262,
  },
  {
    name: 'RELOADING by itself',
    program: "say('READY=1'); say('RELOADING=1'); stay();",
    steps: [['begin']],
    seen: { active: 'reloading', sub: 'reload-notify' },
  },
  {
    name: 'RELOADING by itself, and READY',
    program: "say('READY=1'); say('RELOADING=1'); say('READY=1\\nSTATUS=done'); stay();",
    steps: [START],
    seen: { status: 'done' },
  },
  {
    name: 'RELOADING and READY in one',
    program: "say('READY=1'); say('RELOADING=1\\nREADY=1\\nSTATUS=done'); stay();",
    steps: [START],
    seen: { status: 'done' },
  },
  {
    name: 'RELOADING before READY',
    program: "say('RELOADING=1\\nSTATUS=soon'); stay();",
    steps: [['begin'], ['until', { status: 'soon' }]],
    seen: { active: 'activating', sub: 'start', status: 'soon' },
  },
  {
    name: 'RELOADING by itself, and nothing more',
    program: "say('READY=1'); say('RELOADING=1\\nSTATUS=on'); stay();",
    unit: { startTimeout: 2000 },
    steps: [['begin'], ['until', { sub: 'reload-notify' }], ['sleep', 2100]],
    seen: { status: 'on', reload: 'timeout' },
    since: 262,
  },
  {
    name: 'an end while reloading',
    program: "say('READY=1'); say('RELOADING=1'); setTimeout(() => process.exit(0), 200);",
    steps: [['begin']],
    seen: DEAD,
  },
  {
    name: 'ExecReload',
    program: "say('READY=1'); stay();",
    unit: { reload: [{ argv: ['/bin/true'] }] },
    steps: [START, ['reload', true]],
    seen: {},
  },
  {
    name: 'ExecReload fails',
    program: "say('READY=1'); stay();",
    unit: { reload: [{ argv: ['/bin/false'] }] },
    steps: [START, ['reload', false]],
    seen: { reload: 'exit-code' },
  },
];

const STOPS: readonly Scenario[] = [
  { name: 'a stop', program: "say('READY=1'); stay();", steps: [START, ['stop']], seen: DEAD },
  {
    name: 'a stop that fails',
    program: "process.on('SIGTERM', () => process.exit(1)); say('READY=1'); stay();",
    steps: [START, ['stop']],
    seen: failed('exit-code'),
  },
  {
    name: 'a stop that takes too long',
    program: "process.on('SIGTERM', () => {}); say('READY=1'); stay();",
    unit: { stopTimeout: 400 },
    steps: [START, ['stop']],
    seen: failed('timeout'),
  },
  {
    name: 'a stop that asks for more time',
    program: `process.on('SIGTERM', () => { say('EXTEND_TIMEOUT_USEC=20000000'); setTimeout(() => process.exit(0), 5000); });
      say('READY=1'); stay();`,
    unit: { stopTimeout: 4000 },
    steps: [START, ['stop']],
    seen: DEAD,
  },
  {
    name: 'a child that takes too long',
    program: `const helper = processes.spawn('sh', ['-c', "trap '' TERM; echo up; sleep 1000"], { stdio: ['ignore', 'pipe', 'ignore'] });
      helper.stdout.once('data', () => say('READY=1'));
      process.on('SIGTERM', () => process.exit(0)); stay();`,
    unit: { stopTimeout: 500 },
    steps: [START, ['stop']],
    seen: failed('timeout'),
  },
  {
    name: 'KillMode=process leaves a child alone',
    // With another KillMode the stop would wait for the child, until the stop times out.
    program: `const helper = processes.spawn('sh', ['-c', "trap '' TERM; echo up; exec sleep 20"], { stdio: ['ignore', 'pipe', 'ignore'] });
      helper.stdout.once('data', () => say('READY=1')); stay();`,
    unit: { killMode: 'process', stopTimeout: 10_000 },
    steps: [START, ['stop']],
    seen: DEAD,
  },
  {
    name: 'KillMode=mixed',
    program: `processes.spawn('sh', ['-c', "trap '' TERM; sleep 1000"], { stdio: 'ignore' });
      setTimeout(() => say('READY=1'), 200); process.on('SIGTERM', () => process.exit(0)); stay();`,
    unit: { killMode: 'mixed', stopTimeout: 5000 },
    steps: [START, ['stop']],
    seen: DEAD,
  },
  {
    name: 'STOPPING by itself',
    program: "say('READY=1'); say('STOPPING=1\\nSTATUS=bye'); stay();",
    steps: [['begin']],
    seen: { active: 'deactivating', sub: 'stop-sigterm', status: 'bye' },
  },
  {
    name: 'STOPPING by itself, and no end',
    program: "say('READY=1'); say('STOPPING=1'); stay();",
    unit: { stopTimeout: 400 },
    steps: [['begin']],
    seen: failed('timeout'),
  },
  {
    name: 'STOPPING is final',
    program: "say('READY=1'); say('STOPPING=1'); say('READY=1'); say('RELOADING=1\\nSTATUS=bye'); stay();",
    steps: [['begin'], ['until', { status: 'bye' }]],
    seen: { active: 'deactivating', sub: 'stop-sigterm', status: 'bye' },
  },
  {
    name: 'STOPPING wins over READY',
    program: "say('READY=1\\nSTOPPING=1\\nSTATUS=bye'); stay();",
    steps: [['begin'], ['until', { status: 'bye' }]],
    seen: { active: 'activating', sub: 'start', status: 'bye' },
  },
  {
    name: 'READY after STOPPING is not heard',
    program: "say('STOPPING=1'); say('READY=1\\nSTATUS=bye'); stay();",
    steps: [['begin'], ['until', { status: 'bye' }]],
    seen: { active: 'activating', sub: 'start', status: 'bye' },
    since: 259,
  },
  {
    name: 'ExecStop and ExecStopPost',
    program: "say('READY=1'); stay();",
    unit: { stop: [{ argv: ['/bin/true'] }], stopPost: [{ argv: ['/bin/true'] }] },
    steps: [START, ['stop']],
    seen: DEAD,
  },
  {
    name: 'ExecStopPost fails',
    program: "say('READY=1'); stay();",
    unit: { stopPost: [{ argv: ['/bin/false'] }] },
    steps: [START, ['stop']],
    seen: failed('exit-code'),
  },
];

const WATCHDOGS: readonly Scenario[] = [
  {
    name: 'the watchdog expires',
    program: "say('READY=1'); stay();",
    unit: { watchdog: 300, abortTimeout: 500 },
    steps: [START],
    seen: failed('watchdog'),
  },
  {
    name: 'the watchdog is held',
    program: "say('READY=1'); setInterval(() => say('WATCHDOG=1'), 100);",
    unit: { watchdog: 3000 },
    steps: [START, ['sleep', 4000]],
    seen: {},
  },
  {
    name: 'the watchdog, and SIGABRT is ignored',
    program: "process.on('SIGABRT', () => {}); say('READY=1'); stay();",
    unit: { watchdog: 300, abortTimeout: 400 },
    steps: [START],
    seen: failed('watchdog'),
  },
  {
    name: 'a sign of life before READY starts the watchdog',
    program: "say('WATCHDOG=1'); stay();",
    unit: { watchdog: 400, abortTimeout: 5000 },
    steps: [['start', false]],
    seen: failed('watchdog'),
  },
  {
    name: 'no watchdog before READY and without a sign of life',
    program: "await sleep(3000); say('READY=1'); setInterval(() => say('WATCHDOG=1'), 100);",
    unit: { watchdog: 2500 },
    steps: [START],
    seen: {},
  },
  {
    name: 'no watchdog while it stops',
    program: "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 5000)); say('READY=1'); stay();",
    unit: { watchdog: 4000 },
    steps: [START, ['stop']],
    seen: DEAD,
  },
  {
    name: 'a sign of life while it stops starts the watchdog again',
    program: `process.on('SIGTERM', () => { say('WATCHDOG=1'); setTimeout(() => process.exit(0), 10_000); });
      say('READY=1'); stay();`,
    unit: { watchdog: 1000 },
    steps: [START, ['stop']],
    seen: failed('watchdog'),
  },
  {
    name: 'WATCHDOG=trigger',
    program: "say('READY=1'); say('WATCHDOG=trigger'); stay();",
    steps: [['begin']],
    seen: failed('watchdog'),
  },
  {
    name: 'WATCHDOG=trigger before READY',
    program: "say('WATCHDOG=trigger'); stay();",
    steps: [['start', false]],
    seen: failed('watchdog'),
  },
  {
    name: 'WATCHDOG of nonsense',
    program: "say('READY=1'); say('WATCHDOG=2\\nSTATUS=on'); stay();",
    steps: [START],
    seen: { status: 'on' },
  },
  {
    name: 'WATCHDOG_USEC shortens it',
    program: "say('READY=1'); say('WATCHDOG_USEC=200000'); stay();",
    unit: { watchdog: 60_000 },
    steps: [['begin']],
    seen: failed('watchdog'),
  },
  {
    name: 'WATCHDOG_USEC starts one',
    program: "say('READY=1'); say('WATCHDOG_USEC=200000'); stay();",
    steps: [['begin']],
    seen: failed('watchdog'),
  },
  {
    name: 'WATCHDOG_USEC=0 ends it',
    program: "say('READY=1'); say('WATCHDOG_USEC=0'); stay();",
    // The second message must arrive within this time, also on a busy machine.
    unit: { watchdog: 1500 },
    steps: [START, ['sleep', 2200]],
    seen: {},
  },
  {
    name: 'EXTEND_TIMEOUT_USEC puts off the watchdog',
    program: "say('READY=1'); say('EXTEND_TIMEOUT_USEC=90000000'); stay();",
    unit: { watchdog: 1500 },
    steps: [START, ['sleep', 2200]],
    seen: {},
  },
];

const AGAIN = "const again = fs.existsSync(DIRECTORY + '/again'); fs.writeFileSync(DIRECTORY + '/again', '');";

const RESTARTS: readonly Scenario[] = [
  {
    name: 'Restart=on-failure after a failure',
    program: `${AGAIN} say('READY=1\\nSTATUS=' + again); if (again) stay(); else setTimeout(() => process.exit(1), 200);`,
    unit: { restart: 'on-failure', restartDelay: 100 },
    steps: [START, ['until', { status: 'true' }]],
    seen: { restarts: 1, status: 'true' },
  },
  {
    name: 'Restart=on-failure after a success',
    program: "say('READY=1'); setTimeout(() => process.exit(0), 200);",
    unit: { restart: 'on-failure', restartDelay: 100 },
    steps: [START, ['sleep', 600]],
    seen: DEAD,
  },
  {
    name: 'Restart=on-failure after the watchdog',
    program: `${AGAIN} say('READY=1\\nSTATUS=' + again); if (again) say('WATCHDOG_USEC=0'); stay();`,
    unit: { restart: 'on-failure', restartDelay: 100, watchdog: 300 },
    steps: [START, ['until', { status: 'true' }]],
    seen: { restarts: 1, status: 'true' },
  },
  {
    name: 'Restart=on-failure waits',
    program: "say('READY=1'); setTimeout(() => process.exit(1), 100);",
    unit: { restart: 'on-failure', restartDelay: 60_000 },
    steps: [START],
    seen: { active: 'activating', sub: 'auto-restart', result: 'exit-code', main: 'none' },
  },
  {
    name: 'a stop ends the waiting',
    program: "say('READY=1'); setTimeout(() => process.exit(1), 100);",
    unit: { restart: 'on-failure', restartDelay: 60_000 },
    steps: [START, ['until', { sub: 'auto-restart' }], ['stop']],
    seen: { ...DEAD, result: 'exit-code' },
  },
  {
    name: 'Restart=always and a stop',
    program: "say('READY=1'); stay();",
    unit: { restart: 'always', restartDelay: 100 },
    steps: [START, ['stop'], ['sleep', 300]],
    seen: DEAD,
  },
  {
    name: 'the start limit',
    program: "say('READY=1'); process.exitCode = 1;",
    unit: { restart: 'on-failure', restartDelay: 50, startLimit: { burst: 3, interval: 600_000 } },
    steps: [['begin'], ['until', { active: 'failed' }]],
    seen: { ...failed('start-limit-hit'), restarts: 3 },
    since: 262,
  },
  {
    name: 'RESTART_RESET',
    program: `${AGAIN} say('READY=1'); if (again) { say('RESTART_RESET=1\\nSTATUS=reset'); stay(); } else process.exit(1);`,
    unit: { restart: 'on-failure', restartDelay: 100 },
    steps: [['begin'], ['until', { status: 'reset' }]],
    seen: { status: 'reset' },
    since: 258,
  },
  {
    name: 'a restart forgets what was said',
    program: `${AGAIN} say(again ? 'READY=1' : 'READY=1\\nSTATUS=first\\nERRNO=5\\nBUSERROR=a.b'); stay();`,
    steps: [START, ['until', { errno: 5 }], ['restart', true]],
    seen: {},
  },
  {
    name: 'what was said stays after the end',
    program: "say('READY=1\\nSTATUS=last\\nERRNO=5'); stay();",
    steps: [START, ['stop']],
    seen: { ...DEAD, status: 'last', errno: 5 },
  },
];

const SPEAK = join(packageRoot(), 'test/manager/agreement/speak.js');

const CONTROLS: readonly Scenario[] = (['main', 'exec'] as const).map((notifyAccess) => ({
  name: `what ExecStartPost says, NotifyAccess=${notifyAccess}`,
  program: "say('READY=1'); stay();",
  unit: { notifyAccess, startPost: [{ argv: [process.execPath, SPEAK, 'say', 'STATUS=control'] }] },
  steps: [START],
  seen: notifyAccess === 'exec' ? { status: 'control' } : {},
}));

export const LIVES: readonly Scenario[] = [...STARTS, ...RELOADS, ...STOPS, ...WATCHDOGS, ...RESTARTS, ...CONTROLS];
