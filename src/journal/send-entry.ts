// Sends one entry with exactly the given fields: sd_journal_sendv(3).
import { constants } from 'node:os';
import type { SystemdError } from '../errors.ts';
import { syscallError } from '../native.ts';
import { Account } from './account.ts';
import { shortEntries, transportTo } from './create-journal.ts';
import { ExactFields } from './exact-fields.ts';
import { JOURNAL_SOCKET } from './find-journal.ts';
import { MAX_QUEUED } from './options.ts';
import type { Transport } from './transport.ts';

const account = new Account(MAX_QUEUED, 'drop');
/** One shared promise for all entries that are sent immediately. */
const SENT = Promise.resolve(true);
/** Reused, except for an entry that the iterator of another entry sends. */
let spare: ExactFields | undefined;

/**
 * Writes one entry to the journal with exactly these fields; names may repeat. Maps and adds nothing: the caller
 * provides MESSAGE, PRIORITY and SYSLOG_IDENTIFIER. The entry keeps its order among the entries of all loggers.
 *
 * @returns `true`: the kernel has accepted the entry, possibly after a wait. `false`: no journal exists.
 * @example
 * ```ts
 * await sendEntry([['MESSAGE', 'hello'], ['PRIORITY', '6']]);
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: a name that journald would drop, a value that is neither text
 *   nor bytes, a MESSAGE_ID that is not 32 hex digits, no field, or more than 1 024 fields. (All errors reject.)
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE` above journald's limit: 768 MiB, or 32 MiB unless root.
 * @throws SyscallError `EAGAIN` if 8 MiB are already waiting.
 * @see sd_journal_sendv(3)
 */
export function sendEntry(fields: Iterable<readonly [name: string, value: string | Uint8Array]>): Promise<boolean> {
  return sendEntryTo(JOURNAL_SOCKET, fields);
}

/** For tests, which use a different socket. Not an async function: the entry is sent before this returns. */
export function sendEntryTo(path: string, given: Iterable<readonly [string, unknown]>): Promise<boolean> {
  const fields = spare ?? new ExactFields();
  spare = undefined;
  try {
    fields.read(given);
    return process.platform === 'linux' ? send(path, fields) : Promise.resolve(false);
  } catch (error) {
    return Promise.reject(error);
  } finally {
    fields.clear();
    spare = fields;
  }
}

function send(path: string, fields: ExactFields): Promise<boolean> {
  const transport = transportTo(path);
  const size = fields.writeShort(shortEntries());
  if (size > 0 && transport.offerOutbox(size, account)) return SENT;
  return sendSlowly(path, transport, fields);
}

function sendSlowly(path: string, transport: Transport, fields: ExactFields): Promise<boolean> {
  const payload = fields.encode();
  return new Promise((resolve, reject) => {
    const settled = (sent: boolean): void => (sent ? resolve(true) : reject(refused(path)));
    const outcome = transport.send(payload, account, { settled });
    if (outcome === 'absent') resolve(false);
    else if (outcome !== 'queued') settled(outcome === 'sent');
  });
}

function refused(path: string): SystemdError {
  return syscallError('cannot hand an entry to the journal', -constants.errno.EAGAIN, 'sendmsg', path);
}
