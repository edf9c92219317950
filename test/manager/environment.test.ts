import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { behindShell, serviceEnvironment } from '../../src/manager/environment.ts';

const BARE = { notifySocket: '/run/n', invocation: 'f'.repeat(32), names: [], watchdog: 0 };

test('a bare service gets the notify socket and an invocation id', () => {
  expect(serviceEnvironment({ PATH: '/bin' }, BARE)).toEqual({
    PATH: '/bin',
    NOTIFY_SOCKET: '/run/n',
    INVOCATION_ID: BARE.invocation,
  });
});

test('sockets and watchdog', () => {
  expect(serviceEnvironment({}, { ...BARE, names: ['web', ''], watchdog: 1500 })).toMatchObject({
    LISTEN_FDS: '2',
    LISTEN_FDNAMES: 'web:',
    WATCHDOG_USEC: '1500000',
  });
});

test('the descriptor store and the journal; nothing of the notify socket for who may not use it', () => {
  const provision = { ...BARE, journalSocket: '/run/j', fdStore: 4, mainPid: 7 };
  expect(serviceEnvironment({}, provision)).toMatchObject({
    FDSTORE: '4',
    READYD_JOURNAL_SOCKET: '/run/j',
    MAINPID: '7',
  });
  expect(serviceEnvironment({}, { ...provision, notifySocket: undefined })).not.toHaveProperty('FDSTORE');
});

test('what our own manager told us is not passed on', () => {
  const ours = { NOTIFY_SOCKET: '/x', LISTEN_FDS: '9', LISTEN_PID: '1', WATCHDOG_PID: '1', JOURNAL_STREAM: '1:1' };
  expect(Object.keys(serviceEnvironment({ ...ours, LISTEN_FOO: 'kept' }, BARE)).toSorted()).toEqual([
    'INVOCATION_ID',
    'LISTEN_FOO',
    'NOTIFY_SOCKET',
  ]);
});

test('the command gets its own pid in the environment, and its arguments unchanged', () => {
  const script = 'console.log(JSON.stringify([process.pid, process.env, process.argv.slice(1)]))';
  const awkward = ['a b', '$HOME', '"', ''];
  const [file = '', ...args] = behindShell([process.execPath, '-e', script, '--', ...awkward], {
    ...BARE,
    names: ['web'],
    watchdog: 1,
  });
  const [pid, env, rest] = JSON.parse(execFileSync(file, args, { encoding: 'utf8', input: '8:1\n123\n' })) as [
    number,
    object,
    string[],
  ];
  expect(env).toMatchObject({
    SYSTEMD_EXEC_PID: `${pid}`,
    LISTEN_PID: `${pid}`,
    LISTEN_PIDFDID: '123',
    WATCHDOG_PID: `${pid}`,
    READYD_JOURNAL_STREAM: '8:1',
  });
  expect(env).not.toHaveProperty('JOURNAL_STREAM');
  expect(rest).toEqual(awkward);
  const bare = execFileSync(file, args, { encoding: 'utf8', input: '8:1\n\n', env: { LISTEN_PIDFDID: '9' } });
  expect(bare).not.toContain('LISTEN_PIDFDID');
});
