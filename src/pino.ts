// The entry point readyd/pino.
import type { Writable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type AdapterJournalOptions,
  checkKey,
  checkPriorities,
  journalOptions,
  type Priorities,
} from './adapters/options.ts';
import { type ChosenFormat, PinoStream } from './adapters/pino-stream.ts';
import { ownMembers } from './arguments.ts';
import { journal } from './journal/create-journal.ts';
import type { Threshold } from './journal/levels.ts';

/** The options of `pinoJournal`, and of `readyd/pino` as a transport target: those of `journal`, and these. */
export interface PinoJournalOptions extends AdapterJournalOptions {
  /** The minimum level, in addition to pino's own level; default `'debug'`: everything. */
  readonly level?: Threshold;
  /** pino's option of the same name, if pino itself does not have it; default `'msg'`. */
  readonly messageKey?: string;
  /** pino's option of the same name, if pino itself does not have it; default `'err'`. */
  readonly errorKey?: string;
  /**
   * pino's option of the same name: properties below this key become fields. pino does not pass it to its destinations.
   */
  readonly nestedKey?: string;
  /** The journal's level for your own levels: `{ audit: 'notice' }`. */
  readonly priorities?: Priorities;
}

/** A destination for pino, and a Writable for any other source of pino lines. */
export interface PinoJournal extends Writable {
  /** For `logger.flush()`: calls back when everything logged before has been sent. */
  flush(done?: (error?: Error) => void): void;
  /** Writes the waiting entries; blocks for at most a second. pino calls it after a fatal entry. */
  flushSync(): void;
}

const OWN_KEYS: Readonly<Record<Exclude<keyof PinoJournalOptions, keyof AdapterJournalOptions>, true>> = {
  level: true,
  messageKey: true,
  errorKey: true,
  nestedKey: true,
  priorities: true,
};
/** Keys that pino.transport() adds to the options of its targets; thread-stream adds the last one. */
const PINOS_KEYS = ['pinoWillSendConfig', 'levels', 'dedupe', '$context'];
/** How long to wait for pino's configuration: a transport without a logger never receives it. */
const CONFIG_MS = 1000;

/**
 * A destination for `pino(options, pinoJournal())`: each entry goes to the journal with its level as PRIORITY, its
 * message as MESSAGE, and bindings and properties as fields. pino's level and `level` decide which entries are written.
 *
 * @example
 * ```ts
 * const log = pino({ level: 'info' }, pinoJournal());
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown option, or an invalid value.
 */
export function pinoJournal(options: PinoJournalOptions = {}): PinoJournal {
  return createStream(options);
}

function createStream(options: PinoJournalOptions): PinoStream {
  const forJournal = journalOptions('pinoJournal(): the options', options, OWN_KEYS);
  const own = ownMembers('pinoJournal(): the options', options);
  const { level = forJournal.level } = own;
  return new PinoStream(journal({ ...forJournal, level }), checkFormat(own));
}

function checkFormat(options: PinoJournalOptions): ChosenFormat {
  const chosen: Record<string, unknown> = {
    priorities: checkPriorities('pinoJournal(): priorities', options.priorities),
  };
  for (const key of ['messageKey', 'errorKey', 'nestedKey'] as const) {
    const value = checkKey(`pinoJournal(): ${key}`, options[key]);
    if (value !== undefined) chosen[key] = value;
  }
  return chosen;
}

/**
 * For `pino.transport({ target: 'readyd/pino', options })`: the same in a worker thread of pino.
 *
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, as `pinoJournal`; pino emits it as an error of the transport.
 */
export default async function transport(options: PinoJournalOptions = {}): Promise<PinoJournal> {
  const own = Object.entries(options).filter(([key]) => !PINOS_KEYS.includes(key));
  const stream = createStream(Object.fromEntries(own));
  await configured(stream);
  return stream;
}

/** Lines may arrive before the message with their format, which uses another channel. */
async function configured(stream: PinoStream): Promise<void> {
  const port = parentPort;
  const { pinoWillSendConfig } = ((workerData as { workerData?: unknown } | null)?.workerData ?? {}) as {
    pinoWillSendConfig?: unknown;
  };
  if (port === null || pinoWillSendConfig !== true) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, CONFIG_MS);
    port.on('message', function listen(message: unknown) {
      if (!stream.configure(message)) return;
      port.off('message', listen);
      clearTimeout(timer);
      resolve();
    });
  });
}
