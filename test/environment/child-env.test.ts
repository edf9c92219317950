import { expect, test } from 'vitest';
import { childEnv } from '../../src/environment/child-env.ts';

test('a child gets nothing that is meant for the main process', () => {
  const env = {
    PATH: '/bin',
    NOTIFY_SOCKET: '/run/systemd/notify',
    LISTEN_FDS: '1',
    LISTEN_PID: '2',
    LISTEN_PIDFDID: '3',
    LISTEN_FDNAMES: 'a',
    WATCHDOG_USEC: '1',
    WATCHDOG_PID: '1',
    FDSTORE: '3',
    FDSTORE_DIR: 'kept',
    MY_NOTIFY_SOCKET: 'kept',
    INVOCATION_ID: 'kept',
  };
  const copy = { ...env };
  expect(childEnv(env)).toEqual({
    PATH: '/bin',
    FDSTORE_DIR: 'kept',
    MY_NOTIFY_SOCKET: 'kept',
    INVOCATION_ID: 'kept',
  });
  expect(env).toEqual(copy);
});

test('the environment of the process by default', () => {
  process.env.NOTIFY_SOCKET = '/nowhere';
  expect(childEnv()).not.toHaveProperty('NOTIFY_SOCKET');
  expect(childEnv().PATH).toBe(process.env.PATH);
  delete process.env.NOTIFY_SOCKET;
});

test.each([null, 'a', 1, []])('refuses %j', (env) => {
  expect(() => childEnv(env as never)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
});
