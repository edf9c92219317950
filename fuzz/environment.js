// Any values for the variables of systemd. Each function works, or fails with SD_ERR_INVALID_ENV or an error of the kernel.
import * as readyd from 'readyd';
import { number, text } from './random.js';

const VARIABLES = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
  'LISTEN_PIDFDID',
  'JOURNAL_STREAM',
  'INVOCATION_ID',
  'FDSTORE',
  'CREDENTIALS_DIRECTORY',
  'RUNTIME_DIRECTORY',
  'STATE_DIRECTORY',
  'LOGS_DIRECTORY',
  'MEMORY_PRESSURE_WATCH',
  'MEMORY_PRESSURE_WRITE',
  'SYSTEMD_EXEC_PID',
  'DEBUG_INVOCATION',
  'MANAGERPID',
  'NO_COLOR',
  'TERM',
];
const FORMS = [
  (r) => text(r).replaceAll('\0', '').slice(0, 4000),
  (r) => String(number(r)),
  () => String(process.pid),
  () => '/nowhere/socket',
  () => `${'a'.repeat(30)}:`.repeat(300),
  () => '0x10',
  () => 'vsock:2:99999',
  () => 'vsock-stream:4294967295:0',
];

const CALLS = [
  () => readyd.notify({ status: 'x' }, { timeout: 20 }),
  () => readyd.notifySync({ status: 'x' }, { timeout: 20 }),
  () => readyd.watchdog()[Symbol.dispose](),
  () => readyd.journal().info('x', { a: 1 }),
  () => readyd.journalConnected(),
  () => readyd.credential('x'),
  () => JSON.stringify(readyd.directories),
  () => readyd.invocationId(),
  () => readyd.isMainProcess(),
  () => readyd.booted(),
  () => readyd.childEnv(),
  () => readyd.fdStore.capacity,
  () => readyd.fdStore.remove('x'),
  () => readyd.onMemoryPressure(() => undefined)[Symbol.dispose](),
  () => readyd.listenTarget({ fallback: 0 }),
  () => readyd.listenFds().length,
];

export async function fuzz(random, until) {
  let calls = 0;
  while (Date.now() < until) {
    for (const variable of VARIABLES) {
      if (random.chance(0.5)) delete process.env[variable];
      else process.env[variable] = random.pick(FORMS)(random);
    }
    for (const call of CALLS) {
      try {
        await Promise.resolve(call());
      } catch (error) {
        const code = Object(error).code;
        if (typeof code !== 'string' || !/^(SD_ERR_|E[A-Z0-9]+$)/.test(code)) throw error;
      }
      calls += 1;
    }
  }
  return calls;
}
