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

/** What a `JournalTransport` takes: the options of `journal` but its level, those of every transport of winston, and these. */
export interface JournalTransportOptions extends AdapterJournalOptions, TransportOptions {
  /** What is below this key are fields; default `'metadata'`, where `format.metadata()` puts everything. */
  readonly nestedKey?: string;
  /** The journal's level for levels of your own: `{ audit: 'notice' }`. */
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
 * A transport of winston to the journal: each entry goes there with its level as PRIORITY, its message as MESSAGE, and its
 * metadata as fields. It never throws, and what waits at the end of the process is written then.
 *
 * @example
 * ```ts
 * const log = createLogger({ transports: [new JournalTransport()] });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or a value that it does not take.
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
