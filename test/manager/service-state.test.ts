import { expect, test } from 'vitest';
import { activeStateOf, phaseOf, resultOf, shallRestart } from '../../src/manager/service-state.ts';

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
  expect(all.filter((result) => shallRestart(restart, result))).toEqual(results);
});
