import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { booted, invocationId, isMainProcess } from '../../src/environment/identity.ts';

const inherited = { INVOCATION_ID: process.env.INVOCATION_ID, SYSTEMD_EXEC_PID: process.env.SYSTEMD_EXEC_PID };

afterEach(() => {
  for (const [variable, value] of Object.entries(inherited)) {
    if (value === undefined) delete process.env[variable];
    else process.env[variable] = value;
  }
});

test('invocationId() is $INVOCATION_ID', () => {
  process.env.INVOCATION_ID = '0123456789abcdef0123456789abcdef';
  expect(invocationId()).toBe('0123456789abcdef0123456789abcdef');
  delete process.env.INVOCATION_ID;
  expect(invocationId()).toBeUndefined();
});

test.each(['', '0123', '0123456789abcdef0123456789abcdeg', '0123456789abcdef0123456789abcdef\n'])(
  'invocationId() refuses %j',
  (id) => {
    process.env.INVOCATION_ID = id;
    expect(invocationId).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  },
);

test('isMainProcess() compares $SYSTEMD_EXEC_PID with the own pid', () => {
  process.env.SYSTEMD_EXEC_PID = String(process.pid);
  expect(isMainProcess()).toBe(true);
  process.env.SYSTEMD_EXEC_PID = String(process.ppid);
  expect(isMainProcess()).toBe(false);
  delete process.env.SYSTEMD_EXEC_PID;
  expect(isMainProcess()).toBe(false);
});

test.each(['', '0', '-1', '1 ', 'x', '4294967296'])('isMainProcess() refuses %j', (pid) => {
  process.env.SYSTEMD_EXEC_PID = pid;
  expect(isMainProcess).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
});

test('booted() is whether the folder of systemd is there; on a real one: test/systemd/service-environment.test.ts', () => {
  expect(booted()).toBe(existsSync('/run/systemd/system/'));
});
