// Any message and any fields for the logger. Each entry arrives once, with the priority, the identifier and the number of
// its call.
import { journal } from 'readyd';
import { record, value } from './random.js';

const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];
const KEYS = [
  'priority',
  'PRIORITY',
  'syslogIdentifier',
  'messageId',
  'MESSAGE',
  'objectPid',
  'readydNote',
  'a',
  'b',
  'err',
];

export async function fuzz(random, until) {
  const log = journal({ connect: 'always', identifier: 'fuzz', level: 'debug' });
  const lines = journal({ connect: 'never', identifier: 'fuzz', fallback: { write: check }, level: 'debug' });
  let calls = 0;
  while (Date.now() < until) {
    const level = 3 + random.below(5);
    const fields = random.chance(0.9) ? record(random, KEYS, 3) : value(random, 3);
    log[LEVELS[level]](`entry ${calls} ${level}`, fields);
    log.child(record(random, KEYS, 2)).info(value(random, 2), fields);
    lines[LEVELS[level]](value(random), fields);
    calls += 1;
    if (calls % 20 === 0) await log.flush();
  }
  await log.close();
  if (log.dropped > 0) throw new Error(`${log.dropped} entries were dropped`);
  return calls;
}

/** No text holds what moves the cursor of a terminal. */
function check(text) {
  if (/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text))
    throw new Error(`a control character in ${JSON.stringify(text.slice(0, 200))}`);
  return true;
}

/** The entries in the journal. */
export function judge(daemon) {
  for (const { source, fields } of daemon.journal) {
    if (source !== 'native') continue;
    const match = /^entry \d+ (\d)$/.exec(String(fields.MESSAGE));
    if (match !== null && fields.PRIORITY !== match[1])
      throw new Error(`priority ${fields.PRIORITY} for ${fields.MESSAGE}`);
    if (fields.SYSLOG_IDENTIFIER !== 'fuzz') throw new Error(`identifier ${String(fields.SYSLOG_IDENTIFIER)}`);
    if (Array.isArray(fields.PRIORITY) || fields.OBJECT_PID !== undefined) throw new Error('a field of its own');
  }
}
