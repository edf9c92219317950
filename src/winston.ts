// The entry point readyd/winston.

import {
  type AdapterJournalOptions,
  checkKey,
  checkPriorities,
  journalOptions,
  type Priorities,
} from './adapters/options.ts';
import { type StreamOptions, type TransportOptions, WinstonStream } from './adapters/winston-stream.ts';
import { checkBoolean, checkObject, ownMembers } from './arguments.ts';
import { invalidType } from './errors.ts';
import { journal } from './journal/create-journal.ts';

export type { WinstonFormat, WinstonInfo } from './adapters/winston-stream.ts';

/** The options of `JournalTransport`: those of `journal` except its level, winston's own for transports, and these. */
export interface JournalTransportOptions extends AdapterJournalOptions, TransportOptions {
  /** Properties below this key become fields; default `'metadata'`, the key of `format.metadata()`. */
  readonly nestedKey?: string;
  /** The journal's level for your own levels: `{ audit: 'notice' }`. */
  readonly priorities?: Priorities;
}

const OWN_KEYS: Readonly<Record<Exclude<keyof JournalTransportOptions, keyof AdapterJournalOptions>, true>> = {
  name: true,
  level: true,
  format: true,
  silent: true,
  handleExceptions: true,
  handleRejections: true,
  nestedKey: true,
  priorities: true,
};

/**
 * A winston transport for the journal: each entry is written with its level as PRIORITY, its message as MESSAGE, and
 * its metadata as fields. It never throws, and writes waiting entries at the end of the process.
 *
 * @example
 * ```ts
 * const log = createLogger({ transports: [new JournalTransport()] });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or an invalid value.
 */
export class JournalTransport extends WinstonStream {
  constructor(options: JournalTransportOptions = {}) {
    const forJournal = journalOptions('JournalTransport: the options', options, OWN_KEYS);
    super(journal(forJournal), checkTransport(ownMembers('JournalTransport: the options', options)));
  }
}

function checkTransport(options: JournalTransportOptions): StreamOptions {
  const checked: Record<string, unknown> = {
    priorities: checkPriorities('JournalTransport: priorities', options.priorities),
  };
  for (const key of ['name', 'level', 'nestedKey'] as const) {
    const value = checkKey(`JournalTransport: ${key}`, options[key]);
    if (value !== undefined) checked[key] = value;
  }
  for (const key of ['silent', 'handleExceptions', 'handleRejections'] as const) {
    const value = options[key];
    if (value !== undefined) checked[key] = checkBoolean(`JournalTransport: ${key}`, value);
  }
  if (options.format !== undefined) checked.format = checkFormat(options.format);
  return checked;
}

function checkFormat(format: unknown): object {
  const object = checkObject('JournalTransport: format', format);
  if (typeof (object as { transform?: unknown }).transform === 'function') return object;
  throw invalidType('JournalTransport: format must have a function transform, as the formats of winston have');
}
