// Any arguments for the functions of the package. Each call resolves, or fails with an error that has a code of the package
// or of the kernel. No message to the manager has a key that no call has sent.
import { createServer } from 'node:net';
import * as readyd from 'readyd';
import { number, record, text, value } from './random.js';

const STATE = [
  'ready',
  'status',
  'mainPid',
  'errno',
  'busError',
  'exitStatus',
  'watchdog',
  'extendTimeout',
  'notifyAccess',
  'restartReset',
  'fdStore',
  'fdStoreRemove',
  'fdName',
  'fdPoll',
  'fields',
  'reloading',
  'varlinkError',
];
const JOURNAL = ['identifier', 'level', 'fields', 'fallback', 'connect', 'maxQueued', 'overflow', 'facility', 'mixin'];

/** A state that does not end this process: without another process as MAINPID, and without a watchdog trigger. */
function state(random) {
  const made = random.chance(0.1) ? value(random) : record(random, STATE);
  if (typeof made !== 'object' || made === null) return made;
  try {
    if ('mainPid' in made) made.mainPid = process.pid;
    if (made.watchdog === 'trigger') made.watchdog = true;
  } catch {
    // a proxy
  }
  return made;
}

const CALLS = [
  (r) => readyd.notify(state(r), r.chance(0.3) ? record(r, ['fds', 'pid']) : { timeout: 50 }),
  (r) => readyd.notifySync(state(r), { timeout: 50 }),
  (r) => readyd.status(value(r)),
  (r) => readyd.ready(value(r)),
  (r) => readyd.extendTimeout(number(r)),
  (r) => readyd.barrier(r.chance(0.5) ? { timeout: 100 } : record(r, ['signal', 'x'])),
  // The package passes on unchanged what the work throws.
  (r) => readyd.reload(() => value(r)).catch(() => undefined),
  (r) => readyd.reload(r.pick([undefined, null, 5, 'x', {}, []])),
  (r) => readyd.journal(record(r, JOURNAL)),
  (r) =>
    readyd.sendEntry(
      r.chance(0.5)
        ? [
            ['MESSAGE', 'sent'],
            [text(r), value(r)],
          ]
        : value(r),
    ),
  (r) => readyd.listenTarget(record(r, ['name', 'fallback', 'backlog'])),
  (r) => readyd.fdStore.put(value(r), value(r), record(r, ['poll'])),
  (r) => readyd.fdStore.remove(value(r)),
  (r) => readyd.fdStore.putData(value(r), value(r)),
  (r) => readyd.fdStore.data(value(r)),
  (r) => readyd.credential(value(r)),
  (r) => readyd.childEnv(value(r)),
  (r) => readyd.drain(r.chance(0.5) ? createServer() : value(r), record(r, ['timeout'])),
  (r) => readyd.onIdle?.(value(r), record(r, ['timeout']), value(r)),
  () => [...readyd.listenFds()].map((fd) => JSON.stringify(fd)),
  () => readyd.listenFds().closeUnused(),
];

/** Makes random calls until the time is over. No call may close a descriptor that this process uses. */
export async function fuzz(random, until) {
  let calls = 0;
  while (Date.now() < until) {
    const call = random.pick(CALLS);
    try {
      const result = await call(random);
      if (typeof result?.[Symbol.dispose] === 'function') result[Symbol.dispose]();
    } catch (error) {
      const code = Object(error).code;
      if (typeof code !== 'string' || !/^(SD_ERR_|E[A-Z0-9]+$)/.test(code)) throw error;
    }
    calls += 1;
  }
  return calls;
}
