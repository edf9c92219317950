// Scenarios about the messages of a service: sd_notify(3)
import { DEAD, failed, type Scenario } from './scenario.ts';

const START = ['start', true] as const;

/** A service that sends this message when it is up, and stays. */
function up(name: string, program: string, seen: Scenario['seen'], more: Partial<Scenario> = {}): Scenario {
  return { name, program: `say('READY=1'); ${program}; stay();`, steps: [START], seen, ...more };
}

/** A service that sends this instead of READY=1, and then a status: the manager reads it, and the service is not up. */
function notUp(name: string, program: string, more: Partial<Scenario> = {}): Scenario {
  return {
    name,
    program: `${program}; say('STATUS=after'); stay();`,
    steps: [['begin'], ['until', { status: 'after' }]],
    seen: { active: 'activating', sub: 'start', status: 'after' },
    ...more,
  };
}

const SPELLING: readonly Scenario[] = [
  { name: 'READY', program: "say('READY=1'); stay();", steps: [START], seen: {} },
  {
    name: 'READY with a status',
    program: "say('READY=1\\nSTATUS=up'); stay();",
    steps: [START],
    seen: { status: 'up' },
  },
  {
    name: 'READY after lines that are empty',
    program: "say('\\n\\nREADY=1\\n\\n'); stay();",
    steps: [START],
    seen: {},
  },
  { name: 'READY with a NUL at the end', program: "say('READY=1\\0'); stay();", steps: [START], seen: {} },
  notUp('READY=0', "say('READY=0')"),
  notUp('READY with a space behind', "say('READY=1 ')"),
  notUp('READY with a space in front', "say(' READY=1')"),
  notUp('READY in small letters', "say('ready=1')"),
  notUp('READY behind a NUL', "say('X=1\\0READY=1')"),
  notUp('READY with two NULs', "say('READY=1\\0\\0')"),
  notUp('READY in 4097 bytes', "say('READY=1\\nX_A=' + 'x'.repeat(4085))"),
  notUp('READY swallowed by a backslash', "say('STATUS=x\\\\\\nREADY=1')"),
  notUp('a backslash at the end spoils all', "say('READY=1\\\\')"),
  notUp('an empty message', "say('')"),
  notUp('READY with a barrier', 'const [r, w] = pipe(); say("READY=1\\nBARRIER=1", [w])'),
  up('4096 bytes', "say('STATUS=whole\\nX_A=' + 'x'.repeat(4096 - 17))", { status: 'whole' }),
  up('the first status counts', "say('STATUS=one\\nSTATUS=two')", { status: 'one' }),
  up('CR ends a line', "say('STATUS=one\\rERRNO=5')", { status: 'one', errno: 5 }),
  up('a backslash goes', "say('STATUS=C:\\\\temp')", { status: 'C:temp' }),
  up('two backslashes are one', "say('STATUS=C:\\\\\\\\temp')", { status: 'C:\\temp' }),
  up('quotes stay', `say('STATUS="a" b')`, { status: '"a" b' }),
  up('a status that is not UTF-8 clears', "say('STATUS=one'); say([...Buffer.from('STATUS='), 0xc3, 0x28])", {}),
  up('an empty status clears', "say('STATUS=one'); say('STATUS=')", {}),
  up('unknown keys', "say('X_FOO=1\\nWHATEVER=2\\nSTATUS=ok')", { status: 'ok' }),
  up('EXIT_STATUS', "say('EXIT_STATUS=3\\nSTATUS=ok')", { status: 'ok' }),
];

const ERRORS: readonly Scenario[] = [
  up('ERRNO as a number', "say('ERRNO=2')", { errno: 2 }),
  up('ERRNO as a name', "say('ERRNO=ENOENT')", { errno: 2 }),
  up('ERRNO out of range', "say('ERRNO=5'); say('ERRNO=4096')", { errno: 5 }),
  up('ERRNO of nonsense', "say('ERRNO=5'); say('ERRNO=NOPE')", { errno: 5 }),
  up('ERRNO 0 clears', "say('ERRNO=5'); say('ERRNO=0')", {}),
  up('BUSERROR', "say('BUSERROR=org.example.Broken')", { busError: 'org.example.Broken' }),
  up('BUSERROR that is no ASCII', "say('BUSERROR=a.b'); say('BUSERROR=ä')", { busError: 'a.b' }),
  up('BUSERROR cleared', "say('BUSERROR=a.b'); say('BUSERROR=')", {}),
  up('VARLINKERROR', "say('VARLINKERROR=org.example.Broken')", { varlinkError: 'org.example.Broken' }, { since: 257 }),
];

const ACCESS: readonly Scenario[] = [
  up('a child, NotifyAccess=main', "child('STATUS=child')", {}),
  up('a child, NotifyAccess=exec', "child('STATUS=child')", {}, { unit: { notifyAccess: 'exec' } }),
  up('a child, NotifyAccess=all', "child('STATUS=child')", { status: 'child' }, { unit: { notifyAccess: 'all' } }),
  {
    name: 'READY of a child, NotifyAccess=all',
    program: "child('READY=1\\nSTATUS=child'); stay();",
    unit: { notifyAccess: 'all' },
    steps: [START],
    seen: { status: 'child' },
  },
  up('NOTIFYACCESS opens', "say('NOTIFYACCESS=all'); child('STATUS=child')", { status: 'child' }, { since: 254 }),
  up(
    'NOTIFYACCESS closes',
    "say('NOTIFYACCESS=main'); barrier(); child('STATUS=child')",
    {},
    { unit: { notifyAccess: 'all' }, since: 254 },
  ),
  up('NOTIFYACCESS=none', "say('NOTIFYACCESS=none'); say('STATUS=more')", {}, { since: 254 }),
  up(
    'NOTIFYACCESS of nonsense',
    "say('NOTIFYACCESS=main'); say('NOTIFYACCESS=nonsense'); child('STATUS=child')",
    { status: 'child' },
    { unit: { notifyAccess: 'all' }, since: 262 },
  ),
  {
    name: 'Type=simple has no say',
    program: "say('STATUS=more'); stay();",
    unit: { type: 'simple' },
    steps: [START, ['sleep', 300]],
    seen: {},
  },
  {
    name: 'Type=simple with NotifyAccess=main',
    program: "say('STATUS=more'); stay();",
    unit: { type: 'simple', notifyAccess: 'main' },
    steps: [START],
    seen: { status: 'more' },
  },
  {
    name: 'Type=simple with a watchdog',
    program: "say('STATUS=more'); stay();",
    unit: { type: 'simple', watchdog: 60_000 },
    steps: [START],
    seen: { status: 'more' },
  },
  {
    name: 'Type=simple with a store',
    program: "say('STATUS=' + process.env.FDSTORE); stay();",
    unit: { type: 'simple', fdStore: 3 },
    steps: [START],
    seen: { status: '3' },
    since: 254,
  },
];

const MAIN_PID: readonly Scenario[] = [
  up(
    'MAINPID of a child',
    "const { pid } = processes.spawn('sleep', ['1000']); await sleep(400); say('MAINPID=' + pid + '\\nSTATUS=moved')",
    { main: 'other', status: 'moved' },
  ),
  up('MAINPID 1', "say('MAINPID=1\\nSTATUS=no')", { status: 'no' }),
  up(
    'MAINPID of who has ended',
    "const { pid } = processes.spawnSync('true'); say('MAINPID=' + pid + '\\nSTATUS=no')",
    { status: 'no' },
  ),
  up('MAINPID of nonsense', "say('MAINPID=12x\\nSTATUS=no')", { status: 'no' }),
  {
    name: 'the old main process may go',
    program: `const { pid } = processes.spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
      say('READY=1\\nMAINPID=' + pid); barrier(); process.exit(3);`,
    steps: [START, ['sleep', 300]],
    seen: { main: 'other' },
  },
  {
    name: 'the new main process goes',
    program: `const { pid } = processes.spawn('sleep', ['0.4'], { detached: true, stdio: 'ignore' });
      say('READY=1\\nMAINPID=' + pid); barrier(); process.exit(0);`,
    steps: [START],
    seen: DEAD,
  },
];

const STORE = { unit: { fdStore: 4 } } as const;

const DESCRIPTORS: readonly Scenario[] = [
  up('FDSTORE', "say('FDSTORE=1\\nFDNAME=a', [memfd('a')])", { stored: 1 }, STORE),
  up('FDSTORE without a store', "say('FDSTORE=1\\nFDNAME=a', [memfd('a')])", {}),
  up('FDSTORE of several', "say('FDSTORE=1\\nFDNAME=a', [memfd('a'), memfd('b'), memfd('c')])", { stored: 3 }, STORE),
  up(
    'FDSTORE beyond the limit',
    "say('FDSTORE=1', [1, 2, 3, 4, 5, 6].map((n) => memfd(String(n))))",
    { stored: 4 },
    STORE,
  ),
  up(
    'FDSTORE of what is there',
    "const fd = memfd('a'); say('FDSTORE=1', [fd]); say('FDSTORE=1', [fd])",
    { stored: 1 },
    STORE,
  ),
  up('FDSTORE without a descriptor', "say('FDSTORE=1\\nSTATUS=none')", { status: 'none' }, STORE),
  up(
    'FDSTOREREMOVE',
    "for (const name of ['a', 'b', 'a']) say('FDSTORE=1\\nFDNAME=' + name, [memfd(name)]); say('FDSTOREREMOVE=1\\nFDNAME=a')",
    { stored: 1 },
    STORE,
  ),
  up(
    'FDSTOREREMOVE of what is not there',
    "say('FDSTORE=1', [memfd('a')]); say('FDSTOREREMOVE=1\\nFDNAME=b')",
    { stored: 1 },
    STORE,
  ),
  up('FDSTOREREMOVE without a name', "say('FDSTORE=1', [memfd('a')]); say('FDSTOREREMOVE=1')", { stored: 1 }, STORE),
  up('FDSTOREREMOVE wins', "say('FDSTORE=1\\nFDSTOREREMOVE=1\\nFDNAME=a', [memfd('a')])", {}, STORE),
  up('a pipe that is hung up goes', "const [r, w] = pipe(); say('FDSTORE=1', [r]); barrier(); close(w)", {}, STORE),
  up(
    'FDPOLL=0 keeps it',
    "const [r, w] = pipe(); say('FDSTORE=1\\nFDPOLL=0', [r]); barrier(); close(w)",
    { stored: 1 },
    {
      ...STORE,
      steps: [START, ['sleep', 200]],
    },
  ),
  {
    name: 'the store comes back, the newest first',
    program: `say('READY=1\\nSTATUS=' + process.env.LISTEN_FDS + ' ' + process.env.LISTEN_FDNAMES);
      if (!process.env.LISTEN_FDS) for (const name of ['a', 'b', 'bad:name']) say('FDSTORE=1\\nFDNAME=' + name, [memfd(name)]);
      stay();`,
    ...STORE,
    steps: [START, ['until', { stored: 3 }], ['restart', true]],
    seen: { stored: 3, status: '3 stored:b:a' },
  },
  {
    name: 'the store goes with a stop',
    program: "say('READY=1\\nFDSTORE=1', [memfd('a')]); stay();",
    ...STORE,
    steps: [START, ['until', { stored: 1 }], ['stop']],
    seen: DEAD,
  },
  {
    name: 'the store stays with FileDescriptorStorePreserve=yes',
    program: "say('READY=1\\nFDSTORE=1', [memfd('a')]); stay();",
    unit: { fdStore: 4, fdStorePreserve: 'yes' },
    steps: [START, ['until', { stored: 1 }], ['stop']],
    seen: { ...DEAD, sub: 'dead-resources-pinned', stored: 1 },
    since: 254,
  },
  {
    name: 'the store survives a crash',
    program: `if (process.env.LISTEN_FDNAMES === 'a') { say('READY=1\\nSTATUS=again'); stay(); }
      else { say('READY=1\\nFDSTORE=1\\nFDNAME=a', [memfd('a')]); barrier(); process.exit(1); }`,
    unit: { fdStore: 4, restart: 'on-failure', restartDelay: 100 },
    steps: [['begin'], ['until', { status: 'again' }]],
    seen: { stored: 1, restarts: 1, status: 'again' },
  },
  {
    name: 'the store goes with a failure',
    program: "say('READY=1\\nFDSTORE=1', [memfd('a')]); barrier(); process.exit(1);",
    ...STORE,
    steps: [['begin']],
    seen: failed('exit-code'),
  },
];

export const MESSAGES: readonly Scenario[] = [...SPELLING, ...ERRORS, ...ACCESS, ...MAIN_PID, ...DESCRIPTORS];
