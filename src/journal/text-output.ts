// The destination of a logger's entries without journald: lines of text or JSON.
import { journalChannel } from '../channels.ts';
import { isJournalStream } from '../environment/journal-stream.ts';
import { isClientStream } from './client-stream.ts';
import { journalLines } from './journal-lines.ts';
import { DescriptorSink, type LineSink, NOWHERE, StreamSink } from './line-sink.ts';
import type { CheckedJournalOptions } from './options.ts';
import type { LogOutput } from './output.ts';
import { FieldList, type Format, jsonFormat, plainFormat, textFormat } from './plain-text.ts';

const STDERR = 2;

export class TextOutput implements LogOutput<FieldList> {
  readonly connected = false;
  readonly #sink: LineSink;
  readonly #format: Format;
  #dropped = 0;

  constructor(sink: LineSink, format: Format) {
    this.#sink = sink;
    this.#format = format;
  }

  get dropped(): number {
    return this.#dropped;
  }

  begin(start?: FieldList): FieldList {
    return new FieldList(start);
  }

  bind(start?: FieldList): FieldList {
    return new FieldList(start);
  }

  freeze(bound: FieldList): FieldList {
    return bound.finish();
  }

  write(priority: number, entry: FieldList): void {
    if (this.#sink.write(this.#format(priority, entry.fields))) return;
    this.#dropped += 1;
    if (journalChannel.hasSubscribers) journalChannel.publish({ type: 'dropped', dropped: this.#dropped });
  }

  flush(): Promise<void> {
    return this.#sink.flush();
  }

  flushSync(timeoutMs: number): boolean {
    return this.#sink.flushSync(timeoutMs);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

/** The output of a logger without journald, as its options say. */
export function textOutput(options: CheckedJournalOptions): TextOutput {
  const format = lineFormat(options.fallback);
  return new TextOutput(sink(options), goesToJournal(options.fallback) ? journalLines(format) : format);
}

/** A fallback stream of the user may be one that systemd connected. */
function goesToJournal(fallback: CheckedJournalOptions['fallback']): boolean {
  return isJournalStream(descriptorOf(fallback));
}

/** -1 for a stream without a descriptor. */
function descriptorOf(fallback: CheckedJournalOptions['fallback']): number {
  if (typeof fallback !== 'object') return STDERR;
  const { fd } = fallback as { fd?: unknown }; // looked at
  return typeof fd === 'number' ? fd : -1;
}

function sink({ fallback, maxQueued }: CheckedJournalOptions): LineSink {
  if (fallback === 'off' || isClientStream(descriptorOf(fallback))) return NOWHERE;
  return typeof fallback === 'object' ? new StreamSink(fallback, maxQueued) : new DescriptorSink(STDERR, maxQueued);
}

function lineFormat(fallback: CheckedJournalOptions['fallback']): Format {
  if (fallback === 'json') return jsonFormat;
  return goesToJournal(fallback) ? plainFormat : textFormat(fallback === 'text' && wantsColor());
}

/** https://no-color.org */
function wantsColor(): boolean {
  // Loaded late: the module loads all of node:net.
  const { isatty } = process.getBuiltinModule('node:tty');
  return isatty(STDERR) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
