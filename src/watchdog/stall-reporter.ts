// Sends the diagnosis from the worker to the journal and the manager, with the worker's own addon, because the main
// thread is blocked.
import { existsSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { Account } from '../journal/account.ts';
import { EntryWriter } from '../journal/entry.ts';
import { Transport } from '../journal/transport.ts';
import { notifySync } from '../notify/notify.ts';
import type { DiagnosisData, DiagnosisMessage } from './diagnosis-messages.ts';
import type { Report } from './stall-report.ts';

/** How long to wait for room in the manager's and the journal's queues. */
const SEND_MS = 200;
const QUEUE_BYTES = 1024 * 1024;
const ENTRY_BYTES_MAX = 1024 * 1024;

export class StallReporter {
  readonly #identifier: string;
  readonly #journal: string;
  #transport: Transport | undefined;

  constructor({ identifier, journal }: DiagnosisData) {
    this.#identifier = identifier;
    this.#journal = journal;
  }

  /**
   * If one way fails, the others are still tried: the service is about to be ended and can report the reason only now.
   */
  tell(report: Report): void {
    const written = attempt(() => this.#write(report));
    attempt(() => notifySync({ status: report.status }, { timeout: SEND_MS }));
    parentPort?.postMessage({ report, written } satisfies DiagnosisMessage);
  }

  #write(report: Report): boolean {
    if (!existsSync(this.#journal)) return false;
    const entry = new EntryWriter();
    entry.text('MESSAGE', report.message);
    entry.text('PRIORITY', String(report.priority));
    entry.text('SYSLOG_IDENTIFIER', this.#identifier);
    entry.text('MESSAGE_ID', report.id);
    for (const [name, value] of Object.entries(report.fields)) entry.text(name, value);
    this.#transport ??= new Transport(this.#journal);
    this.#transport.send(entry.finish(ENTRY_BYTES_MAX), new Account(QUEUE_BYTES, 'drop'));
    return this.#transport.flushSync(SEND_MS);
  }
}

function attempt(work: () => boolean): boolean {
  try {
    return work();
  } catch {
    return false;
  }
}
