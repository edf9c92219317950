import { describe, expect, test } from 'vitest';
import { addonFinding, remedyFor } from '../../../src/cli/doctor/addon-fault.ts';
import { type ExecCommand, parseCommands } from '../../../src/cli/doctor/commands.ts';
import { diagnose } from '../../../src/cli/doctor/diagnose.ts';
import type { Facts, LogMessage, ProcessFacts } from '../../../src/cli/doctor/facts.ts';
import { PROCESS } from './process.ts';

const UNIT = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  Result: 'success',
  Type: 'notify',
  NotifyAccess: 'main',
  InvocationID: 'this',
  StandardOutput: 'journal',
  StandardError: 'inherit',
  FileDescriptorStoreMax: '0',
  WatchdogUSec: '0',
};

interface Changes extends Partial<Omit<Facts, 'unit'>> {
  readonly unit?: Readonly<Record<string, string>>;
}

function factsWith(changes: Changes): Facts {
  return {
    subject: 'app.service',
    written: '',
    sockets: [],
    commands: exec('/usr/bin/node /srv/app.js'),
    missing: [],
    absent: [],
    faults: {},
    kinds: {},
    holders: {},
    own: undefined,
    processes: [PROCESS],
    mainPid: 10,
    standIn: false,
    messages: [],
    program: undefined,
    addonFault: undefined,
    ...changes,
    unit: { ...UNIT, ...changes.unit },
  };
}

function ids(changes: Changes): string[] {
  return diagnose(factsWith(changes)).map(({ id }) => id);
}

const FAILED = { ActiveState: 'failed', Result: 'exit-code', ExecMainCode: '1', ExecMainStatus: '1' };
const shell: ProcessFacts = { ...PROCESS, argv: ['sh', '-c', 'node app.js; true'], executable: 'dash' };
const child: ProcessFacts = { ...PROCESS, pid: 11, parent: 10 };
const npm: ProcessFacts = { ...PROCESS, argv: ['npm start'], executable: 'node' };
const said = (text: string, fromManager = true, current = true): LogMessage => ({
  text,
  fromManager,
  run: current ? 'this' : 'before',
});
const program = (text: string) => ({ path: '/srv/app.js', text });
function exec(argv: string, end = 'code=(null) ; status=0/0'): ExecCommand[] {
  return parseCommands([`ExecStart={ path=x ; argv[]=${argv} ; ignore_errors=no ; pid=0 ; ${end} }`]);
}

describe('nothing is found', () => {
  test.each<[string, Changes]>([
    ['where all is well', {}],
    ['in a cluster', { processes: [PROCESS, child] }],
    ['in a shell that becomes Node', { commands: exec('/bin/sh -c exec node app.js'), processes: [], mainPid: 0 }],
    ['if an unused address family is not allowed', { unit: { RestrictAddressFamilies: '~AF_PACKET' } }],
    [
      'where the loop was blocked long ago, and not since',
      { messages: [said('Watchdog timeout (limit 1s)!', true, false)] },
    ],
    [
      'in a message of another run',
      {
        messages: [
          said('Got notification message from PID 9, but reception only permitted for main PID 8', true, false),
        ],
      },
    ],
    [
      'without a JIT',
      { unit: { MemoryDenyWriteExecute: 'yes' }, commands: exec('/usr/bin/node --jitless /srv/app.js') },
    ],
    ['where a name only looks like one', { program: program('myfdStore(); watchdogs()') }],
  ])('%s', (_, changes) => {
    expect(ids(changes)).toEqual([]);
  });
});

test('words of a program that journald could not attribute count for the run in which they were written', () => {
  const words = (text: string, run: string): LogMessage => ({ text, fromManager: false, run });
  const messages = [
    words('Error: of another time', ''),
    said('Starting app.service...'),
    words('Error: no database', ''),
    said('app.service: Main process exited, code=exited, status=1/FAILURE'),
    words('Error: later', ''),
  ];
  const facts = factsWith({ unit: FAILED, messages, processes: [], mainPid: 0 });
  expect(diagnose(facts)[0]?.why).toContain('Error: no database');
});

describe('found', () => {
  test.each<[string, string[], Changes]>([
    ['a shell', ['not-main-process'], { processes: [shell, child] }],
    ['npm', ['not-main-process'], { processes: [npm, child] }],
    [
      'npm, before or after its life',
      ['not-main-process'],
      { processes: [], mainPid: 0, commands: exec('/usr/bin/npm start') },
    ],
    [
      'npm as a script of Node',
      ['not-main-process'],
      { processes: [], mainPid: 0, commands: exec('/usr/bin/node /usr/lib/npm/bin/npm-cli.js start') },
    ],
    ['a deny list with AF_UNIX', ['af-unix-not-allowed'], { unit: { RestrictAddressFamilies: '~AF_UNIX AF_PACKET' } }],
    [
      'a child with a pipe for its stderr',
      ['journal-not-connected'],
      { processes: [{ ...PROCESS, onJournal: false }] },
    ],
    ['a descriptor store that is not there', ['fd-store-off'], { program: program('await fdStore.put()') }],
    ['a watchdog that is not there', ['watchdog-missing'], { program: program('watchdog()') }],
    [
      'a restart by the watchdog',
      ['watchdog-expired'],
      {
        unit: { NRestarts: '1' },
        messages: [
          said('app.service: Watchdog timeout (limit 1s)!', true, false),
          said("app.service: Failed with result 'watchdog'.", true, false),
        ],
      },
    ],
    [
      'an addon, in the words of the service',
      ['addon-not-loaded'],
      {
        unit: FAILED,
        messages: [
          said('Error: cannot load the addon of readyd for linux-x64; tried', false),
          said('  /a/readyd.node: invalid ELF header', false),
        ],
      },
    ],
    [
      'an addon, seen from here',
      ['addon-not-loaded'],
      { program: program("import 'readyd'"), addonFault: 'cannot load\n  /a/readyd.node: GLIBC_2.38 not found' },
    ],
    [
      'a user that is not there',
      ['not-executed'],
      {
        processes: [],
        mainPid: 0,
        unit: { ActiveState: 'failed', Result: 'exit-code', ExecMainCode: '1', ExecMainStatus: '217' },
      },
    ],
    [
      'SIGSYS',
      ['system-call-refused'],
      {
        processes: [],
        mainPid: 0,
        unit: { ...FAILED, Result: 'core-dump', ExecMainCode: '3', ExecMainStatus: '31' },
      },
    ],
    [
      'a wrapper, and what follows from it',
      ['not-main-process'],
      {
        processes: [shell, { ...child, env: { LISTEN_FDS: '1', LISTEN_PID: '10' } }],
        unit: { ActiveState: 'activating', SubState: 'start' },
      },
    ],
    [
      'a kill for want of memory by the kernel',
      ['oom-killed'],
      {
        unit: { ...FAILED, Result: 'oom-kill', ExecMainCode: '2', ExecMainStatus: '9', MemoryMax: '1048576' },
        messages: [said('app.service: A process of this unit has been killed by the OOM killer.')],
      },
    ],
    [
      'a stop for want of time',
      ['stop-timeout'],
      {
        unit: { ...FAILED, Result: 'timeout', ExecMainCode: '2', ExecMainStatus: '9' },
        messages: [said('Stopping app.service...'), said("app.service: State 'stop-sigterm' timed out. Killing.")],
      },
    ],
    [
      'no more than that the unit is not there',
      ['unit-not-found'],
      { unit: { LoadState: 'not-found', Type: 'simple' }, processes: [], mainPid: 0 },
    ],
  ])('%s', (_, expected, changes) => {
    expect(ids(changes)).toEqual(expected);
  });
});

// The machines of test/systemd have no memory controller: there, systemd-oomd kills. These are the properties and messages of
// a kill by the kernel.
test('a kill by the kernel for want of memory: the way, the phase, the limit and the last words', () => {
  const [found, ...others] = diagnose(
    factsWith({
      unit: { ...FAILED, Result: 'oom-kill', ExecMainCode: '2', ExecMainStatus: '9', MemoryMax: '67108864' },
      processes: [],
      mainPid: 0,
      messages: [
        said('Starting app.service...'),
        said('Started app.service.'),
        said('all went well until here', false),
        said('app.service: A process of this unit has been killed by the OOM killer.'),
        said('app.service: Main process exited, code=killed, status=9/KILL'),
        said("app.service: Failed with result 'oom-kill'."),
      ],
    }),
  );
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    id: 'oom-killed',
    what: 'the kernel killed the program while it ran, because memory was used up',
    why: 'MemoryMax=67108864',
    evidence: 'systemd: A process of this unit has been killed by the OOM killer.',
    said: 'all went well until here',
  });
});

test('the remedy for a file that is missing is the one in the message, which knows the kind of build', () => {
  const fault = 'cannot load the addon\n  /a/readyd.node: No such file or directory\nTo do: copy it beside the bundle';
  expect(addonFinding(fault, 'tried here').change).toBe('copy it beside the bundle');
  expect(addonFinding(fault.replaceAll('\n', ' '), 'tried here').change).toBe('copy it beside the bundle');
  expect(addonFinding(fault.replace(/To do.*/, ''), 'tried here').change).toMatch(/prebuilds/);
});

test.each([
  ['  /a.node: file too short', /another one/],
  ['  /a.node: invalid ELF header', /another one/],
  ["  /a.node: version `GLIBC_2.38' not found", /rebuild/],
  ['  /a.node: failed to map segment from shared object', /NoExecPaths/],
  ['  /a.node: cannot open shared object file: No such file or directory', /copy node_modules\/readyd\/prebuilds/],
  ['  /a.node: Cannot load native addon because loading addons is disabled. --allow-addons', /--allow-addons/],
  ['  /a.node: something new', /npm ci/],
])('the remedy for %j', (fault, remedy) => {
  expect(remedyFor(fault)).toMatch(remedy);
});

test.each<[string, Changes]>([
  [
    'digits in an address',
    { messages: [said(`Error: listen EADDRINUSE: address already in use ${'1'.repeat(1e6)}x`, false)] },
  ],
  ['names of an error', { messages: [said('EADDRINUSE'.repeat(1e5), false)] }],
  ['calls of kill', { unit: { ActiveState: 'active', ExecReload: 'kill '.repeat(2e5) } }],
  [
    'line breaks in the unit',
    { messages: [said('app.service: Assertion failed for app.')], written: '\n'.repeat(1e6) },
  ],
  ['programs that run another one', { processes: [{ ...PROCESS, argv: new Array<string>(1e6).fill('nice') }] }],
  ['a name that every object has', { processes: [{ ...PROCESS, argv: ['constructor', '-x'] }] }],
])('a million characters cost no more than their length: %s', (_, changes) => {
  diagnose(factsWith({ unit: FAILED, ...changes }));
});

describe('an error of the program, by its text, where a machine cannot make it happen', () => {
  test.each<[string, string, string, Record<string, string>?]>([
    ["Error: ENOSPC: System limit for number of file watchers reached, watch '/srv'", 'too-many-watches', 'watches'],
    ['Error: ENOSPC: no space left on device, write', 'disk-full', 'no space left'],
    [
      'node[10]: std::unique_ptr<long unsigned int> node::WorkerThreadsTaskRunner: Assertion `(0) == (uv_thread_create_ex())',
      'too-many-tasks',
      'thread',
      { TasksMax: '5', LimitNPROC: '63' },
    ],
    [
      '# Fatal process OOM in Failed to reserve virtual memory',
      'address-space-limit',
      'addresses',
      { LimitAS: '1073741824' },
    ],
    ['Error: getaddrinfo ENOTFOUND db.example', 'connection-failed', 'db.example'],
    ['Error: getaddrinfo EAI_AGAIN db.example', 'connection-failed', 'db.example'],
  ])('%s', (text, id, words, unit = {}) => {
    const messages = [
      said('Starting app.service...'),
      said(text, false),
      said('app.service: Main process exited, code=exited, status=1/FAILURE'),
    ];
    const [first] = diagnose(factsWith({ unit: { ...FAILED, ...unit }, messages, processes: [], mainPid: 0 }));
    expect(first).toMatchObject({ id, what: expect.stringContaining(words) });
  });

  test.each([
    ['Fatal process OOM without a limit of addresses', '# Fatal process OOM in Zone'],
    ['a lookup that the program handled, before another error', 'getaddrinfo ENOTFOUND db.example\nError: no database'],
  ])('is not found in %s', (_, text) => {
    const messages = [
      said('Starting app.service...'),
      said(text, false),
      said('app.service: Main process exited, code=exited, status=1/FAILURE'),
    ];
    const found = ids({ unit: { ...FAILED, LimitAS: 'infinity' }, messages, processes: [], mainPid: 0 });
    expect(found).not.toContain('address-space-limit');
    expect(found).not.toContain('connection-failed');
  });
});
