// Sends one entry with exactly the given fields: sd_journal_sendv(3).
import { constants } from 'node:os';
import { types } from 'node:util';
import { invalidRange, invalidType, isList, quote, SystemdError } from '../errors.ts';
import { syscallError } from '../native.ts';
import { transportTo } from './create-journal.ts';
import { EntryWriter, FIELDS_MAX, type Payload } from './entry.ts';
import { isFieldName } from './field-name.ts';
import { JOURNAL_SOCKET } from './journal-socket.ts';
import { MAX_QUEUED } from './options.ts';
import { entryBytesMax } from './output.ts';
import { Account } from './queue.ts';
import { attempt } from './unreadable.ts';
import { byteLength } from './value-bytes.ts';

const account = new Account(MAX_QUEUED, 'drop');
/** One shared promise for all entries that are sent immediately. */
const SENT = Promise.resolve(true);

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
export function sendEntryTo(path: string, fields: Iterable<readonly [string, unknown]>): Promise<boolean> {
  try {
    const payload = encode(fields);
    return process.platform === 'linux' ? send(path, payload) : Promise.resolve(false);
  } catch (error) {
    return Promise.reject(error);
  }
}

function send(path: string, payload: Payload): Promise<boolean> {
  const transport = transportTo(path);
  if (transport.offer(payload, account)) return SENT;
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

function encode(fields: Iterable<readonly [string, unknown]>): Payload {
  const writer = new EntryWriter(undefined, FIELDS_MAX);
  let count = 0;
  let size = 0;
  for (const pair of checkIterable(fields)) {
    const [name, value] = checkPair(pair);
    if (typeof name !== 'string' || !isFieldName(name)) {
      throw invalidType(`sendEntry(): ${quote(name)} is no field name: 1–64 of A–Z, 0–9 and _, a letter first`);
    }
    count += 1;
    if (count > FIELDS_MAX)
      throw invalidRange(`sendEntry(): ${name} is one field too many: journald takes ${FIELDS_MAX}`);
    size += name.length + write(writer, name, value);
  }
  if (count === 0) throw invalidRange('sendEntry(): an entry has at least one field');
  if (size > entryBytesMax()) throw tooLarge(size);
  return writer.finish(Number.POSITIVE_INFINITY);
}

function checkIterable(fields: unknown): Iterable<unknown> {
  if (typeof fields === 'object' && fields !== null && isIterable(fields)) return fields;
  throw invalidType(`sendEntry(): the fields must be an iterable of names and values, not ${quote(fields)}`);
}

function isIterable(fields: object): fields is Iterable<unknown> {
  return attempt(() => typeof (fields as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') === true;
}

function checkPair(pair: unknown): readonly unknown[] {
  if (isList(pair)) return attempt(() => [pair[0], pair[1]]) ?? [];
  throw invalidType(`sendEntry(): each field must be a pair of name and value, not ${quote(pair)}`);
}

function write(writer: EntryWriter, name: string, value: unknown): number {
  if (name === 'MESSAGE_ID' && !isMessageId(value)) {
    throw invalidType(`sendEntry(): MESSAGE_ID must be 32 hex digits, not ${quote(value)}`);
  }
  if (typeof value === 'string') {
    writer.text(name, value);
    return Buffer.byteLength(value);
  }
  if (!types.isUint8Array(value)) {
    throw invalidType(`sendEntry(): ${name} must be a string or a Uint8Array, not ${quote(value)}`);
  }
  writer.bytes(name, value);
  return byteLength(value);
}

/** Accepts text or bytes. systemd.journal-fields(7) */
function isMessageId(value: unknown): boolean {
  const size = types.isUint8Array(value) ? byteLength(value) : 0;
  const text = size === 32 ? Buffer.from(value as Uint8Array).toString('latin1') : value; // by its length it is one
  return typeof text === 'string' && /^[0-9a-f]{32}$/i.test(text);
}

function tooLarge(size: number): SystemdError {
  return new SystemdError(
    'SD_ERR_MESSAGE_TOO_LARGE',
    `the entry has ${size} bytes, of which journald takes ${entryBytesMax()}`,
  );
}
