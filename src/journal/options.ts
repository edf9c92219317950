// The options of journal().
import type { Writable } from 'node:stream';
import {
  checkFunction,
  checkInteger,
  checkObject,
  checkOneOf,
  checkString,
  ownOptions,
  readable,
} from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { checkFacility } from './facility.ts';
import type { Fields } from './field-value.ts';
import { THRESHOLDS, type Threshold } from './levels.ts';
import { identifier } from './program-name.ts';

/** The options of `journal`. */
export interface JournalOptions {
  /** SYSLOG_IDENTIFIER=, which `journalctl -t` searches for; default: the unit's name, else the program's script. */
  identifier?: string;
  /**
   * The minimum level: less important entries are not written; with `'silent'` none. Default `'info'`, or `'debug'` if
   * `$DEBUG_INVOCATION` is 1.
   */
  level?: Threshold;
  /** SYSLOG_FACILITY=, as a number or name from syslog(3): `'local0'` or 16. Default: none. */
  facility?: number | string;
  /** Fields that are added to every entry. */
  fields?: Fields;
  /**
   * Called for each written entry; its result becomes fields of the entry, such as trace ids. If it throws, the entry
   * gets a note.
   */
  mixin?: () => Fields | undefined;
  /**
   * The output if entries do not go to journald: `'text'`, lines for people on stderr (the default); `'json'`, one
   * object per line; `'off'`; or a stream that receives the text.
   */
  fallback?: 'text' | 'json' | 'off' | Writable;
  /**
   * `'auto'` (the default): entries go to journald if stdout or stderr does; `'always'`: even if they do not;
   * `'never'`.
   */
  connect?: 'auto' | 'always' | 'never';
  /** How many bytes may wait while journald is busy or gone; default 8 MiB. */
  maxQueued?: number;
  /**
   * What happens above `maxQueued`: `'drop'` (the default) drops the newest entry and counts it, `'block'` waits for
   * room inside the log call.
   */
  overflow?: 'drop' | 'block';
}

export interface CheckedJournalOptions {
  readonly identifier: string;
  readonly level: Threshold;
  readonly facility: number | undefined;
  readonly fields: Fields | undefined;
  readonly mixin: JournalOptions['mixin'];
  readonly fallback: 'text' | 'json' | 'off' | Writable;
  readonly connect: 'auto' | 'always' | 'never';
  readonly maxQueued: number;
  readonly overflow: 'drop' | 'block';
}

export const JOURNAL_KEYS: Readonly<Record<keyof JournalOptions, true>> = {
  identifier: true,
  level: true,
  facility: true,
  fields: true,
  mixin: true,
  fallback: true,
  connect: true,
  maxQueued: true,
  overflow: true,
};
export const MAX_QUEUED: number = 8 * 1024 * 1024;

/** @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the option. */
export function checkOptions(options: JournalOptions): CheckedJournalOptions {
  const own = ownOptions('journal(): the options', options, JOURNAL_KEYS);
  const { fields, mixin, facility, level = 'info', connect = 'auto', overflow = 'drop', maxQueued = MAX_QUEUED } = own;
  if (fields !== undefined) checkObject('journal(): fields', fields);
  if (mixin !== undefined) checkFunction('journal(): mixin', mixin);
  const threshold = checkOneOf('journal(): level', level, THRESHOLDS);
  return {
    identifier: checkIdentifier(own.identifier ?? identifier()),
    // RestartMode=debug of the unit (systemd.service(5)): the service failed before, so log the details.
    level: process.env.DEBUG_INVOCATION === '1' ? 'debug' : threshold,
    facility: facility === undefined ? undefined : checkFacility('journal(): facility', facility),
    fields,
    mixin,
    fallback: checkFallback(own.fallback ?? 'text'),
    connect: checkOneOf('journal(): connect', connect, ['auto', 'always', 'never']),
    maxQueued: checkInteger('journal(): maxQueued', maxQueued, 0, Number.MAX_SAFE_INTEGER),
    overflow: checkOneOf('journal(): overflow', overflow, ['drop', 'block']),
  };
}

function checkIdentifier(value: unknown): string {
  const text = checkString('journal(): identifier', value);
  if (text !== '' && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw invalidType(`journal(): identifier must be a name without control characters, not ${quote(text)}`);
}

function checkFallback(value: unknown): CheckedJournalOptions['fallback'] {
  if (typeof value === 'object' && value !== null && readable('journal(): fallback', () => isWritable(value))) {
    return value as Writable; // by its one method that is used for writing
  }
  return checkOneOf<'text' | 'json' | 'off'>('journal(): fallback', value, ['text', 'json', 'off']);
}

function isWritable(value: object): boolean {
  return typeof (value as Partial<Writable>).write === 'function';
}
