// Chooses where a new logger's entries go.

import { isJournalStream, journalConnected } from '../environment/journal-stream.ts';
import { threadNumber } from '../environment/main-thread.ts';
import { native } from '../native.ts';
import { isClientStream } from './client-stream.ts';
import { writeFields } from './field-value.ts';
import type { FieldWriter } from './field-writer.ts';
import { journalLines } from './journal-lines.ts';
import { JOURNAL_SOCKET } from './journal-socket.ts';
import { DescriptorSink, type LineSink, NOWHERE, StreamSink } from './line-sink.ts';
import { type Journal, Logger } from './logger.ts';
import { type CheckedOptions, checkOptions, type JournalOptions } from './options.ts';
import { JournalOutput, type Output, TextOutput } from './output.ts';
import { type Format, jsonFormat, plainFormat, textFormat } from './plain-text.ts';
import { Account } from './queue.ts';
import { type ShortEntry, shortEntry } from './short-entry.ts';
import { Transport } from './transport.ts';
import { attempt } from './unreadable.ts';

const STDERR = 2;
const transports = new Map<string, Transport>();

/** All loggers of a thread share the way to a socket, so that their entries leave in the order of the calls. */
export function transportTo(path: string): Transport {
  const transport = transports.get(path) ?? new Transport(path);
  transports.set(path, transport);
  return transport;
}

let short: ShortEntry | undefined;

/** One for the thread, as its outbox is. Undefined where there is none, or no addon yet. */
function shortEntries(): ShortEntry | undefined {
  const outbox = short === undefined ? attempt(() => native().outbox) : undefined;
  if (outbox !== undefined) short = shortEntry(outbox);
  return short;
}

/**
 * A logger to the journal. Entries go to journald with all their fields where stdout or stderr of this process goes
 * there, too; anywhere else to the fallback, text on stderr.
 *
 * @example
 * ```ts
 * const log = journal({ fields: { component: 'billing' } });
 * log.info('invoice sent', { invoiceId: 4711 });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or a value that it does not take.
 * @throws SystemdError `SD_ERR_NATIVE_UNAVAILABLE` with `connect: 'always'` where the addon cannot be loaded on Linux.
 * @see systemd-journald.service(8), systemd.journal-fields(7)
 */
export function journal(options: JournalOptions = {}): Journal {
  return createJournal(options, JOURNAL_SOCKET);
}

/** For tests and benchmarks, which have a socket of their own. */
export function createJournal(options: JournalOptions, path: string): Journal {
  const checked = checkOptions(options);
  if (!reaches(checked.connect, path)) return createLogger(textOutput(checked), checked);
  const account = new Account(checked.maxQueued, checked.overflow);
  return createLogger(new JournalOutput(transportTo(path), account, shortEntries()), checked);
}

/** For tests, which look at what a logger writes. */
export function createLogger<W extends FieldWriter>(output: Output<W>, options: CheckedOptions): Journal {
  const bound = output.bind();
  bound.text('SYSLOG_IDENTIFIER', options.identifier);
  if (options.facility !== undefined) bound.text('SYSLOG_FACILITY', String(options.facility));
  if (threadNumber() !== 0) bound.text('TID', String(threadNumber()));
  if (options.fields !== undefined) writeFields(bound, options.fields);
  return new Logger(output, output.freeze(bound), undefined, { level: options.level, mixin: options.mixin });
}

function reaches(connect: CheckedOptions['connect'], path: string): boolean {
  if (process.platform !== 'linux' || connect === 'never') return false;
  if (connect === 'always') return true;
  // A client has standard error then, and the journal is the only place that is left.
  const isWanted = journalConnected() !== undefined || isClientStream(STDERR);
  return isWanted && attempt(() => listens(path)) === true;
}

/**
 * PID 1 keeps the socket open while journald restarts: where nobody listens, this is another file system, or the path is
 * one of InaccessiblePaths= (systemd.exec(5)), which leaves a dead socket there.
 */
function listens(path: string): boolean {
  const fd = native().open();
  const connected = native().connect(fd, path);
  native().close(fd);
  return connected >= 0;
}

function textOutput(options: CheckedOptions): TextOutput {
  const format = lineFormat(options.fallback);
  return new TextOutput(sink(options), goesToJournal(options.fallback) ? journalLines(format) : format);
}

/** A stream of the user's may be one of the two that systemd connected. */
function goesToJournal(fallback: CheckedOptions['fallback']): boolean {
  return isJournalStream(descriptorOf(fallback));
}

/** -1 for a stream that has none. */
function descriptorOf(fallback: CheckedOptions['fallback']): number {
  if (typeof fallback !== 'object') return STDERR;
  const { fd } = fallback as { fd?: unknown }; // looked at
  return typeof fd === 'number' ? fd : -1;
}

function sink({ fallback, maxQueued }: CheckedOptions): LineSink {
  if (fallback === 'off' || isClientStream(descriptorOf(fallback))) return NOWHERE;
  return typeof fallback === 'object' ? new StreamSink(fallback, maxQueued) : new DescriptorSink(STDERR, maxQueued);
}

function lineFormat(fallback: CheckedOptions['fallback']): Format {
  if (fallback === 'json') return jsonFormat;
  return goesToJournal(fallback) ? plainFormat : textFormat(fallback === 'text' && wantsColor());
}

/** https://no-color.org */
function wantsColor(): boolean {
  // Asked for where it matters: the module brings all of node:net along.
  const { isatty } = process.getBuiltinModule('node:tty');
  return isatty(STDERR) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
