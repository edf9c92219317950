// The findings of the doctor about its own process, if no unit is given.
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/cli/doctor/diagnose.ts';
import { type Facts, type Finding, type ProcessEnvironment, THIS_PROCESS } from '../../../src/cli/doctor/facts.ts';

const LISTENING = { NOTIFY_SOCKET: '/run/systemd/notify' };

function findings(
  env: Record<string, string>,
  own: Partial<ProcessEnvironment> = {},
  facts: Partial<Facts> = {},
): Finding[] {
  return diagnose({
    subject: THIS_PROCESS,
    unit: undefined,
    written: '',
    sockets: [],
    commands: [],
    missing: [],
    absent: [],
    faults: {},
    kinds: {},
    holders: {},
    own: { pid: 30, ancestors: [20, 10], env: { PATH: '/bin', ...env }, notifyFault: undefined, ...own },
    processes: [],
    mainPid: 0,
    standIn: false,
    messages: [],
    program: undefined,
    addonFault: undefined,
    ...facts,
  });
}

describe('nothing but that there is no unit', () => {
  test.each<[string, Record<string, string>, Partial<ProcessEnvironment>?]>([
    ['where nothing was given', {}],
    ['if a process listens', LISTENING],
    ['at an address that cannot be asked', { NOTIFY_SOCKET: 'vsock:2:1234' }],
    ['for this process', { ...LISTENING, SYSTEMD_EXEC_PID: '30', LISTEN_PID: '30', LISTEN_FDS: '1' }],
    ['for the one that has started it', { ...LISTENING, SYSTEMD_EXEC_PID: '20', LISTEN_PID: '20', LISTEN_FDS: '2' }],
    ['for one further up', { SYSTEMD_EXEC_PID: '10', WATCHDOG_PID: '10', WATCHDOG_USEC: '1000' }],
    ['for process 1 of a container', { LISTEN_PID: '1', LISTEN_FDS: '1' }, { ancestors: [20, 1] }],
    ['where /proc does not tell who has started it', { SYSTEMD_EXEC_PID: '7' }, { ancestors: undefined }],
    ['for any process', { WATCHDOG_USEC: '0x10' }],
    ['without sockets', { LISTEN_PID: '7' }],
    ['with names', { LISTEN_PID: '30', LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' }],
  ])('%s', (_, env, own) => {
    expect(findings(env, own).map(({ id }) => id)).toEqual(['not-a-service']);
  });
});

describe('a variable that no service manager sets so', () => {
  test.each<[Record<string, string>, string]>([
    [{ NOTIFY_SOCKET: 'bogus' }, '$NOTIFY_SOCKET is "bogus": expected /PATH'],
    [{ NOTIFY_SOCKET: '' }, '$NOTIFY_SOCKET is "": expected /PATH'],
    [{ SYSTEMD_EXEC_PID: '-1' }, '$SYSTEMD_EXEC_PID is "-1": out of range'],
    [{ LISTEN_PID: 'x' }, '$LISTEN_PID is "x": not a number'],
    [{ LISTEN_FDS: 'one' }, '$LISTEN_FDS is "one": not a number'],
    [{ LISTEN_FDS: 'two', LISTEN_PID: '7' }, '$LISTEN_FDS is "two": not a number'],
    [{ LISTEN_PID: '30', LISTEN_PIDFDID: 'x' }, '$LISTEN_PIDFDID is "x"'],
    [{ LISTEN_PID: '30', LISTEN_FDS: '1', LISTEN_FDNAMES: 'a:b' }, '$LISTEN_FDNAMES is "a:b": it has 2 names'],
    [{ WATCHDOG_USEC: 'abc' }, '$WATCHDOG_USEC is "abc": not a number'],
    [{ WATCHDOG_USEC: '0' }, '$WATCHDOG_USEC is "0": no time'],
    [{ WATCHDOG_PID: '1.5' }, '$WATCHDOG_PID is "1.5": not a number'],
  ])('%j', (env, what) => {
    const found = findings(env).find(({ id }) => id === 'environment-malformed');
    expect(found?.what.startsWith(what) ? what : found?.what).toBe(what);
    expect(found).toMatchObject({ severity: 'error', change: expect.stringContaining('unset ') as string });
  });

  test('each is reported', () => {
    const all = { NOTIFY_SOCKET: 'x', SYSTEMD_EXEC_PID: 'x', LISTEN_PID: 'x', WATCHDOG_USEC: 'x' };
    const ids = findings(all).map(({ id }) => id);
    expect(ids).toEqual(['not-a-service', ...Object.keys(all).map(() => 'environment-malformed')]);
  });
});

describe('a variable of another process', () => {
  test.each<[Record<string, string>, string, string]>([
    [{ ...LISTENING, SYSTEMD_EXEC_PID: '7' }, 'not-main-process', 'SYSTEMD_EXEC_PID is 7, but this is process 30'],
    [{ ...LISTENING, SYSTEMD_EXEC_PID: '1' }, 'not-main-process', 'SYSTEMD_EXEC_PID is 1, but this is process 30'],
    [{ LISTEN_PID: '7', LISTEN_FDS: '1' }, 'listen-pid', 'LISTEN_PID is 7, but this is process 30'],
    [{ LISTEN_FDS: '1' }, 'listen-pid', 'LISTEN_FDS is "1", and LISTEN_PID is not set'],
    [{ WATCHDOG_PID: '7', WATCHDOG_USEC: '1000' }, 'watchdog-pid', 'WATCHDOG_PID is 7, but this is process 30'],
  ])('%j', (env, id, what) => {
    const [nobody, found, ...more] = findings(env);
    expect([nobody?.id, found?.id, more]).toEqual(['not-a-service', id, []]);
    expect(found?.severity).toBe('error');
    expect(found?.what).toContain(what);
  });

  test('is no more than a warning where nothing is sent', () => {
    expect(findings({ SYSTEMD_EXEC_PID: '7' }).map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  });
});

test.each([
  ['ENOENT', /there is no such socket/],
  ['ECONNREFUSED', /no process listens there/],
  ['EPROTOTYPE', /takes no datagrams/],
  ['EACCES', /may not write to it/],
  ['ELOOP', /cannot be used from here/],
])('a manager that does not answer: %s', (notifyFault, why) => {
  const found = findings(LISTENING, { notifyFault })[1];
  expect(found?.id).toBe('notify-socket-unreachable');
  expect(found?.what).toBe(`$NOTIFY_SOCKET is "/run/systemd/notify", and no message arrives there: ${notifyFault}`);
  expect(found?.why).toMatch(why);
});

describe('what it says of there being no unit', () => {
  test('if variables are set, it does not say that none is', () => {
    const text = JSON.stringify(findings({ LISTEN_PID: '30', ...LISTENING, HOME: '/root' })[0]);
    expect(text).not.toMatch(/not run by systemd|without NOTIFY_SOCKET|HOME/);
    expect(text).toContain('variables of this process: NOTIFY_SOCKET, LISTEN_PID"');
    expect(JSON.stringify(findings({})[0])).toMatch(/not run by systemd.*without NOTIFY_SOCKET/);
  });

  test('where systemctl does not know the one that it is in', () => {
    const [found, ...more] = findings({}, {}, { subject: 'app.service', mainPid: 10 });
    expect(found).toMatchObject({
      id: 'not-a-service',
      what: 'this is part of app.service, of which systemctl says nothing here',
      change: expect.stringContaining('readyd doctor app.service') as string,
    });
    expect(more).toEqual([]);
  });

  test('under the stand-in', () => {
    expect(findings(LISTENING, {}, { standIn: true })[0]?.what).toContain('but by readyd itself');
  });
});
