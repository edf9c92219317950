// A program, or an attacker, may add properties to Object.prototype: no function of the package takes them for options.
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import {
  barrier,
  drain,
  fdStore,
  journal,
  listenTarget,
  notify,
  notifySync,
  watchdog,
  workerPool,
} from '../src/index.ts';
import { pinoJournal } from '../src/pino.ts';
import { checkDefinition } from '../src/service/definition.ts';
import { JournalTransport } from '../src/winston.ts';

/** Each is a wrong value for the option of that name. */
const WRONG = {
  backlog: 0,
  checks: 1,
  checkTimeout: -1,
  connect: 'x',
  count: 0,
  diagnose: 1,
  env: 1,
  errorKey: 1,
  fds: 1,
  identifier: '\n',
  log: 1,
  maxQueued: -1,
  messageKey: 1,
  nestedKey: 1,
  onUnhealthy: 'x',
  overflow: 'x',
  pid: -1,
  poll: 1,
  priorities: 1,
  reload: 1,
  startTimeout: -1,
  statusInterval: -1,
  timeout: -1,
};

const start = () => undefined;

afterEach(() => {
  for (const name of Object.keys(WRONG)) Reflect.deleteProperty(Object.prototype, name);
});

it.each<[string, () => unknown]>([
  ['notify()', () => notify({}, {})],
  ['notifySync()', () => notifySync({}, {})],
  ['barrier()', () => barrier()],
  ['drain()', () => drain(createServer())],
  ['watchdog()', () => watchdog().enabled],
  ['journal()', () => journal()],
  ['listenTarget()', () => listenTarget({ fallback: 8080 })],
  ['workerPool()', () => workerPool()],
  ['fdStore.put()', () => fdStore.put('name', 0, {})],
  ['service()', () => checkDefinition({ start }).reload === undefined],
  ['pinoJournal()', () => pinoJournal()],
  ['JournalTransport', () => new JournalTransport()],
])('%s takes its own options alone', async (_name, call) => {
  for (const [name, value] of Object.entries(WRONG)) {
    Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  }
  // The call checks its options in its own tick.
  const result = (() => {
    try {
      return { value: call() };
    } finally {
      for (const name of Object.keys(WRONG)) Reflect.deleteProperty(Object.prototype, name);
    }
  })();
  expect(await Promise.resolve(result.value)).not.toBe(undefined);
});
