// The service sends any datagram and any line to its stand-in manager. The manager goes on, and receives the last message.
import { closeSync, openSync, writeSync } from 'node:fs';
import { notify, notifySync, sendEntry, status } from 'readyd';
import { number, text } from './random.js';

const O_PATH = 0o10000000;
const NAMES = ['X_FUZZ', 'X_', 'WATCHDOG_NOTHING', 'CONSTRUCTOR', '__PROTO__', 'TOSTRING'];

export async function fuzz(random, until) {
  let calls = 0;
  while (Date.now() < until) {
    const fields = { [random.pick(NAMES)]: String(number(random)) };
    const fds = random.chance(0.3)
      ? [openSync(random.pick(['/', '/dev/null', '/proc/self/stat']), random.pick([0, O_PATH]))]
      : [];
    const state = random.pick([
      { status: text(random) },
      { fields },
      { fdStore: true, fdName: random.pick(['constructor', '__proto__', 'x']) },
      { extendTimeout: 1000 },
      { errno: 5 },
    ]);
    try {
      await notify(state, { fds });
      if (random.chance(0.2)) notifySync({ status: text(random) });
      if (random.chance(0.3))
        writeSync(random.pick([1, 2]), `${text(random)}${random.pick(['\n', '', '\r\n', '<0>'])}`);
      if (random.chance(0.3))
        await sendEntry([
          ['MESSAGE', text(random)],
          ['F', Buffer.from(text(random))],
        ]);
    } catch (error) {
      if (typeof Object(error).code !== 'string') throw error;
    } finally {
      for (const fd of fds) closeSync(fd);
    }
    calls += 1;
  }
  await status('survived');
  return calls;
}

export function judge(daemon) {
  if (daemon.status !== 'survived')
    throw new Error(`the last status is ${JSON.stringify(daemon.status.slice(0, 200))}`);
}
