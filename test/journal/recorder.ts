// A logger that records its entries, as the bytes that journald would get.

import { Account } from '../../src/journal/account.ts';
import { createLogger } from '../../src/journal/create-journal.ts';
import type { Payload } from '../../src/journal/entry.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import type { Journal } from '../../src/journal/logger.ts';
import { checkOptions, type JournalOptions } from '../../src/journal/options.ts';
import { JournalOutput } from '../../src/journal/output.ts';
import { shortEntry } from '../../src/journal/short-entry.ts';
import { decodeEntry, decodeText } from './decoder.ts';

export interface Recorder {
  readonly log: Journal;
  readonly payloads: Payload[];
  /** The latest entry as bytes. */
  bytes(): Buffer;
  /** The latest entry by field names, without the fields that every entry of a recorder has. */
  fields(): Record<string, string[]>;
}

export function recorder(options: JournalOptions = {}): Recorder {
  const payloads: Payload[] = [];
  const outbox = new ArrayBuffer(2048);
  const sink = {
    send(payload: Payload): 'sent' {
      payloads.push(payload);
      return 'sent';
    },
    sendOutbox(size: number): void {
      payloads.push(Buffer.from(outbox.slice(0, size)).toString());
    },
    flush: () => Promise.resolve(),
    flushSync: () => true,
    close: () => Promise.resolve(),
  };
  const checked = checkOptions({ identifier: 'test', level: 'debug', ...options });
  const log = createLogger(new JournalOutput(sink, new Account(0, 'drop'), shortEntry(outbox)), checked);
  const bytes = (): Buffer => {
    const latest = payloads.at(-1);
    if (latest === undefined) throw new Error('nothing was written');
    return Buffer.from(latest as string); // of a string or of bytes alike
  };
  return {
    log,
    payloads,
    bytes,
    fields() {
      const { SYSLOG_IDENTIFIER, PRIORITY, ...rest } = decodeText(bytes());
      if (SYSLOG_IDENTIFIER === undefined || PRIORITY === undefined) throw new Error('an entry without its own fields');
      return rest;
    },
  };
}

/** The fields that `info('m', fields)` writes besides the message. */
export function fieldsOf(fields: unknown): Record<string, string[]> {
  const { log, fields: read } = recorder();
  log.info('m', fields as Fields); // a program without types may pass anything
  const { MESSAGE, ...rest } = read();
  if (MESSAGE?.[0] !== 'm') throw new Error('the message is not what was logged');
  return rest;
}

export { decodeEntry };
