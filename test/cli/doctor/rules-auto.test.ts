// The findings of the doctor about a program with readyd/auto.
import { describe, expect, test } from 'vitest';
import { parseCommands } from '../../../src/cli/doctor/commands.ts';
import { diagnose } from '../../../src/cli/doctor/diagnose.ts';
import type { Facts, Finding, ProcessFacts } from '../../../src/cli/doctor/facts.ts';
import { PROCESS } from './process.ts';

const PRELOAD = '/usr/lib/node_modules/readyd/dist/auto.cjs';
const STARTING = { ActiveState: 'activating', SubState: 'start' };
const FAILED = { ActiveState: 'failed', Result: 'exit-code', ExecMainCode: '1', ExecMainStatus: '1' };
const TIMED_OUT = { ActiveState: 'failed', Result: 'timeout', ExecMainCode: '2', ExecMainStatus: '15' };

interface Given {
  readonly unit?: Readonly<Record<string, string>>;
  readonly exec?: string;
  readonly process?: Partial<ProcessFacts>;
  /** What the program or the preload has written. */
  readonly said?: readonly string[];
  readonly log?: readonly string[];
  readonly program?: string;
}

function findings(given: Given): Finding[] {
  const { unit = STARTING, exec = `/usr/bin/node --require ${PRELOAD} /srv/app.js`, process = {} } = given;
  const { said = [], log = [], program } = given;
  const facts: Facts = {
    subject: 'app.service',
    written: '',
    sockets: [],
    commands: parseCommands([
      `ExecStart={ path=x ; argv[]=${exec} ; ignore_errors=no ; pid=0 ; code=(null) ; status=0/0 }`,
    ]),
    missing: [],
    absent: [],
    faults: {},
    kinds: {},
    holders: {},
    own: undefined,
    processes: [{ ...PROCESS, ...process }],
    mainPid: 10,
    standIn: false,
    messages: [
      ...said.map((text) => ({ text, fromManager: false, run: 'this' })),
      ...log.map((text) => ({ text, fromManager: true, run: 'this' })),
    ],
    program: program === undefined ? undefined : { path: '/srv/app.js', text: program },
    addonFault: undefined,
    unit: { LoadState: 'loaded', Type: 'notify', NotifyAccess: 'main', InvocationID: 'this', ...unit },
  };
  return diagnose(facts);
}

describe('READY does not come', () => {
  test.each<[string, RegExp]>([
    ['nothing listens on web (3000) yet; the program listens on 0.0.0.0:8080', /^Environment=READYD_SOCKETS=web=8080,/],
    [
      'nothing listens on web (3000) yet; the program listens on [::]:8080, 127.0.0.1:9',
      /^Environment=READYD_SOCKETS=web=8080,/,
    ],
    [
      'nothing listens on app.socket (/run/a.sock) yet; the program listens on /tmp/b.sock',
      /^Environment=READYD_SOCKETS=app\.socket=\/tmp\/b\.sock,/,
    ],
    ['nothing listens on web (3000) yet', /before it calls listen\(\)/],
    ['the program does not listen on anything yet; one without a server needs …', /READYD_READY=loaded/],
    ['nothing listens on a port that others can know yet; the program listens on [::]:40000', /fixed port/],
    ['the program has not said READY yet (READYD_READY=app)', /await ready\(\)/],
    ['the entry module has not been evaluated yet', /top-level await/],
    ['a server has been told to listen, and does not yet', /waits for/],
  ])('%s', (missing, change) => {
    for (const unit of [STARTING, TIMED_OUT]) {
      expect(findings({ unit, said: ['hello', `not ready: ${missing}`] })).toMatchObject([
        {
          id: 'auto-not-ready',
          why: missing,
          evidence: `journal: not ready: ${missing}`,
          change: expect.stringMatching(change),
        },
      ]);
    }
  });

  test('in the first five seconds', () => {
    expect(findings({})).toMatchObject([{ id: 'auto-not-ready', change: expect.stringContaining('five seconds') }]);
  });

  test('in Bun, which does not use the preload', () => {
    expect(
      findings({ exec: `/usr/bin/bun --preload ${PRELOAD} /srv/app.js`, process: { executable: 'bun' } }),
    ).toMatchObject([{ id: 'auto-not-ready', why: expect.stringContaining('Bun') }]);
  });

  test('without the addon, while it starts and while it runs', () => {
    const permission =
      'readyd/auto works without READY, watchdog and levels: cannot load the addon: Cannot load native addon because loading addons is disabled. (ERR_DLOPEN_DISABLED)';
    for (const unit of [STARTING, { ActiveState: 'active', SubState: 'running', StandardOutput: 'journal' }]) {
      expect(findings({ unit, said: [permission] })).toMatchObject([
        { id: 'addon-not-loaded', change: expect.stringContaining('--allow-addons') },
      ]);
    }
  });

  test.each<[string, Given]>([
    ['in NODE_OPTIONS of the process', { process: { env: { NODE_OPTIONS: `--require=${PRELOAD}` } } }],
    ['in Environment=', { unit: { ...STARTING, Environment: `NODE_OPTIONS=--require=${PRELOAD}` } }],
    ['as an import of the program', { program: "import 'readyd/auto';\n" }],
    ['by its name', { exec: '/usr/bin/node --import readyd/auto /srv/app.js' }],
  ])('the preload is found %s', (_, given) => {
    expect(findings({ exec: '/usr/bin/node /srv/app.js', ...given }).map(({ id }) => id)).toEqual(['auto-not-ready']);
  });

  test('another cause goes first: a wrapper', () => {
    const given = {
      exec: '/usr/bin/npm start',
      process: { argv: ['npm start'], env: { NODE_OPTIONS: `-r ${PRELOAD}` } },
    };
    expect(findings(given).map(({ id }) => id)).toEqual(['not-main-process']);
  });

  test('a program without the preload is none of its business', () => {
    expect(findings({ exec: '/usr/bin/node /srv/app.js', said: ['not ready: not yet'] })).toMatchObject([
      { id: 'ready-not-sent' },
    ]);
  });
});

test.each([
  `Error: Cannot find module '${PRELOAD}'\nRequire stack:\n- internal/preload`,
  "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/opt/readyd/dist/auto.js' imported from /srv/",
])('a preload that does not exist: %s', (error) => {
  expect(findings({ unit: FAILED, said: [error] })).toMatchObject([
    { id: 'preload-not-found', what: expect.stringMatching(/^there is no preload \//) },
  ]);
});
