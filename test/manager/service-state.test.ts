import { expect, test } from 'vitest';
import { parseNotification } from '../../src/manager/notification.ts';
import { ServiceState } from '../../src/manager/service-state.ts';

function after(...messages: string[]): ServiceState {
  const state = new ServiceState();
  for (const message of messages) {
    const notification = parseNotification(Buffer.from(message));
    if (notification !== undefined) state.hear(notification);
  }
  return state;
}

test.each([
  [[], 'starting', ''],
  [['STATUS=soon'], 'starting', 'soon'],
  [['READY=1\nSTATUS=up'], 'running', 'up'],
  [['READY=1\nSTATUS=up', 'STATUS='], 'running', ''],
  [['READY=1', 'RELOADING=1'], 'reloading', ''],
  [['RELOADING=1'], 'starting', ''],
  [['READY=1', 'RELOADING=1', 'READY=1'], 'running', ''],
  [['READY=1', 'RELOADING=1\nREADY=1'], 'running', ''],
  [['READY=1', 'STOPPING=1', 'READY=1'], 'stopping', ''],
  [['READY=1\nSTOPPING=1'], 'stopping', ''],
  [['READY=1\nBARRIER=1\nSTATUS=lost'], 'starting', ''],
])('%j is %s', (messages, phase, status) => {
  expect(after(...messages)).toMatchObject({ phase, status });
});

test.each([
  ['RELOADING=1\nMONOTONIC_USEC=1000', true],
  ['RELOADING=1\nMONOTONIC_USEC=2000', true],
  ['RELOADING=1\nMONOTONIC_USEC=999', false],
  ['RELOADING=1', false],
  ['READY=1', false],
])('a reload that was asked for at 1000 is answered by %j: %s', (answer, begun) => {
  const state = after('READY=1');
  const reload = state.expectReload(1000n);
  for (const message of [answer, 'READY=1']) state.hear(parseNotification(Buffer.from(message)) ?? never());
  expect(reload).toEqual({ sentUsec: 1000n, begun, done: begun });
});

test.each([
  [['READY=1'], { code: 0, signal: null }, 'success'],
  [[], { code: 0, signal: null }, 'protocol'],
  [['READY=1'], { code: 7, signal: null }, 'exit-code'],
  [['READY=1'], { code: null, signal: 'SIGTERM' }, 'signal'],
  [['READY=1', 'STOPPING=1'], { code: null, signal: 'SIGTERM' }, 'success'],
  [['READY=1', 'STOPPING=1'], { code: null, signal: 'SIGKILL' }, 'signal'],
] as const)('after %j, %j is %s', (messages, exit, result) => {
  const state = after(...messages);
  expect(state.end(exit)).toBe(result);
  expect(state.phase).toBe('ended');
});

function never(): never {
  throw new Error('a message of the test is malformed');
}
