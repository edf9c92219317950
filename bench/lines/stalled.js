// A manager that reads nothing for a second, while a service sends it 200 notifications.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { limitRow } from '../table.js';

const MESSAGES = 200;
/** The kernel's own default. */
const QUEUE = 10;
const STALL_MS = 1000;
const LIMIT_NS = 50_000_000;

export async function stalled(settings) {
  const receiver = await startReceiver(NOTIFY_PATH, QUEUE);
  const command = [process.execPath, join(import.meta.dirname, '../programs/stalled.js'), settings.package];
  const service = await Program.start([...command, String(MESSAGES)], { env: { NOTIFY_SOCKET: NOTIFY_PATH } });
  try {
    const worst = service.numbers('go');
    await sleep(STALL_MS);
    const [, taken] = await receiver.numbers(MESSAGES + 1);
    const [value] = await worst;
    return [
      limitRow({
        what: `event loop, ${MESSAGES} messages to a stalled manager`,
        value,
        against: `${taken - 1} of ${MESSAGES} arrived`,
        limit: LIMIT_NS,
      }),
    ];
  } finally {
    await Promise.all([receiver.stop(), service.stop()]);
  }
}
