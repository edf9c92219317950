// Chooses the destination of a new logger's entries.

import { threadNumber } from '../environment/main-thread.ts';
import { native } from '../native.ts';
import { Account } from './account.ts';
import { writeFields } from './field-value.ts';
import type { FieldWriter } from './field-writer.ts';
import { findsJournal, JOURNAL_SOCKET } from './find-journal.ts';
import { type Journal, Logger } from './logger.ts';
import { type CheckedJournalOptions, checkOptions, type JournalOptions } from './options.ts';
import { JournalOutput, type LogOutput } from './output.ts';
import { type ShortEntry, shortEntry } from './short-entry.ts';
import { textOutput } from './text-output.ts';
import { Transport } from './transport.ts';
import { attempt } from './unreadable.ts';

const transports = new Map<string, Transport>();

/** All loggers of a thread share one transport per socket, so that entries are sent in the order of the calls. */
export function transportTo(path: string): Transport {
  const transport = transports.get(path) ?? new Transport(path);
  transports.set(path, transport);
  return transport;
}

let short: ShortEntry | undefined;

/** One per thread, like its outbox. Undefined without an outbox, or if the addon is not loaded yet. */
export function shortEntries(): ShortEntry | undefined {
  const outbox = short === undefined ? attempt(() => native().outbox) : undefined;
  if (outbox !== undefined) short = shortEntry(outbox);
  return short;
}

/**
 * Creates a logger for the journal. If stdout or stderr of this process is connected to journald, entries go to
 * journald with all their fields; otherwise they go to the fallback: text on stderr.
 *
 * @example
 * ```ts
 * const log = journal({ fields: { component: 'billing' } });
 * log.info('invoice sent', { invoiceId: 4711 });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or an invalid value.
 * @throws SystemdError `SD_ERR_NATIVE_UNAVAILABLE` with `connect: 'always'` if the addon cannot be loaded on Linux.
 * @see systemd-journald.service(8), systemd.journal-fields(7)
 */
export function journal(options: JournalOptions = {}): Journal {
  return createJournal(options, JOURNAL_SOCKET);
}

/** For tests and benchmarks, which use a different socket. */
export function createJournal(options: JournalOptions, path: string): Journal {
  const checked = checkOptions(options);
  if (!findsJournal(checked.connect, path)) return createLogger(textOutput(checked), checked);
  const account = new Account(checked.maxQueued, checked.overflow);
  return createLogger(new JournalOutput(transportTo(path), account, shortEntries()), checked);
}

/** For tests, which check the output of a logger. */
export function createLogger<W extends FieldWriter>(output: LogOutput<W>, options: CheckedJournalOptions): Journal {
  const bound = output.bind();
  bound.text('SYSLOG_IDENTIFIER', options.identifier);
  if (options.facility !== undefined) bound.text('SYSLOG_FACILITY', String(options.facility));
  if (threadNumber() !== 0) bound.text('TID', String(threadNumber()));
  if (options.fields !== undefined) writeFields(bound, options.fields);
  return new Logger(output, output.freeze(bound), undefined, { level: options.level, mixin: options.mixin });
}
