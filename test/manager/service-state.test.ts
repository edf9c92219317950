import { expect, test } from 'vitest';
import { activeStateOf, phaseOf, resultOf, shallRestart } from '../../src/manager/service-state.ts';
import { DEFAULTS } from '../../src/manager/settings.ts';

test.each([
  ['dead', 'inactive', 'ended'],
  ['start', 'activating', 'starting'],
  ['running', 'active', 'running'],
  ['reload-notify', 'reloading', 'reloading'],
  ['stop-sigterm', 'deactivating', 'stopping'],
  ['failed', 'failed', 'ended'],
  ['auto-restart', 'activating', 'starting'],
] as const)('%s is %s, or %s', (state, active, phase) => {
  expect([activeStateOf(state), phaseOf(state)]).toEqual([active, phase]);
});

test.each([
  [{ code: 0, signal: null }, 'notify', 'success'],
  [{ code: 7, signal: null }, 'notify', 'exit-code'],
  [{ code: null, signal: null }, 'notify', 'success'],
  [{ code: null, signal: 'SIGTERM' }, 'notify', 'success'],
  [{ code: null, signal: 'SIGHUP' }, 'simple', 'success'],
  [{ code: null, signal: 'SIGTERM' }, 'oneshot', 'signal'],
  [{ code: null, signal: 'SIGTERM' }, 'control', 'signal'],
  [{ code: null, signal: 'SIGKILL' }, 'notify', 'signal'],
] as const)('%j of Type=%s is %s', (exit, type, result) => expect(resultOf(exit, type)).toBe(result));

// The table in systemd.service(5), Restart=
test.each([
  ['no', []],
  ['always', ['success', 'exit-code', 'signal', 'timeout', 'watchdog']],
  ['on-success', ['success']],
  ['on-failure', ['exit-code', 'signal', 'timeout', 'watchdog']],
  ['on-abnormal', ['signal', 'timeout', 'watchdog']],
  ['on-abort', ['signal']],
  ['on-watchdog', ['watchdog']],
] as const)('Restart=%s', (restart, results) => {
  const all = ['success', 'exit-code', 'signal', 'timeout', 'watchdog'] as const;
  expect(all.filter((result) => shallRestart({ ...DEFAULTS, restart }, result, undefined))).toEqual(results);
});

test('RestartPreventExitStatus= counts before RestartForceExitStatus=, which counts before Restart=', () => {
  const settings = { ...DEFAULTS, restartPreventExitStatus: [7], restartForceExitStatus: [7, 'SIGTERM'] } as const;
  const exit = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal });
  expect(shallRestart({ ...settings, restart: 'always' }, 'exit-code', exit(7))).toBe(false);
  expect(shallRestart(settings, 'success', exit(null, 'SIGTERM'))).toBe(true);
  expect(shallRestart({ ...settings, type: 'oneshot' }, 'success', exit(null, 'SIGTERM'))).toBe(false);
  expect(shallRestart({ ...settings, type: 'oneshot' }, 'signal', exit(null, 'SIGTERM'))).toBe(true);
});

test('SuccessExitStatus= counts for every process', () => {
  for (const type of ['simple', 'oneshot', 'control'] as const) {
    expect(resultOf({ code: 75, signal: null }, type, [75, 'SIGKILL'])).toBe('success');
    expect(resultOf({ code: null, signal: 'SIGKILL' }, type, [75, 'SIGKILL'])).toBe('success');
    expect(resultOf({ code: 1, signal: null }, type, [75])).toBe('exit-code');
  }
});
