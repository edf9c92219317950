// The messages that the package publishes on its channels: docs/diagnostics.md.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JournalChannelMessage } from '../src/channels.ts';
import { Account } from '../src/journal/account.ts';
import { createJournal } from '../src/journal/create-journal.ts';
import { notify, notifySync, ready, status } from '../src/notify/notify.ts';
import { drain } from '../src/service/drain.ts';
import { listen } from '../src/sockets/listen.ts';
import { Health } from '../src/watchdog/health.ts';
import { createReceiver } from './helpers/receiver.ts';
import { recorder } from './journal/recorder.ts';
import { packageRoot } from './systemd/boot.ts';

/** The messages of a channel while it is held. */
class Heard implements Disposable {
  readonly messages: unknown[] = [];
  readonly #name: string;
  readonly #hear = (message: unknown): void => void this.messages.push(message);

  constructor(name: string) {
    this.#name = name;
    subscribe(name, this.#hear);
  }

  [Symbol.dispose](): void {
    unsubscribe(this.#name, this.#hear);
  }
}

afterEach(() => vi.unstubAllEnvs());

describe('readyd:notify', () => {
  it('has each message that was sent, and each that was not', async () => {
    using heard = new Heard('readyd:notify');
    await status('nobody listens');
    expect(heard.messages).toEqual([]);
    await using receiver = createReceiver();
    vi.stubEnv('NOTIFY_SOCKET', receiver.path);
    await ready('up');
    notifySync({ status: 'at the end' });
    vi.stubEnv('NOTIFY_SOCKET', `${receiver.path}-that-is-not-there`);
    const error = await notify({ ready: true }).catch((reason: unknown) => reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.messages).toEqual([
      { type: 'sent', message: expect.stringContaining('READY=1') },
      { type: 'sent', message: 'STATUS=at the end' },
      { type: 'failed', message: 'READY=1', error },
    ]);
  });
});

describe('readyd:watchdog', () => {
  it('has what changes about the checks', () => {
    using heard = new Heard('readyd:watchdog');
    const health = new Health(undefined, {
      unhealthy: () => undefined,
      healthy: () => undefined,
      overwritten: () => undefined,
    });
    health.update([{ name: 'database', reason: 'answered false', error: undefined }]);
    health.update([{ name: 'database', reason: 'answered false', error: undefined }]);
    health.update([]);
    expect(heard.messages).toEqual([
      { type: 'unhealthy', check: 'database', reason: 'answered false' },
      { type: 'healthy', check: 'database' },
    ]);
  });
});

describe('readyd:journal', () => {
  it('has the level of each entry that is written', () => {
    const { log } = recorder({ level: 'info' });
    using heard = new Heard('readyd:journal');
    log.debug('no');
    log.fatal('m');
    log.child({ a: 1 }).log('warn', 'm');
    log.level = 'trace';
    log.trace('m');
    expect(heard.messages).toEqual(['critical', 'warning', 'debug'].map((level) => ({ type: 'entry', level })));
  });

  it('has what is lost', () => {
    using heard = new Heard('readyd:journal');
    const account = new Account(0, 'drop');
    account.drop();
    account.drop();
    expect(heard.messages).toEqual([
      { type: 'dropped', dropped: 1 },
      { type: 'dropped', dropped: 2 },
    ]);
  });

  it('reports lost entries without a journal', () => {
    using heard = new Heard('readyd:journal');
    const closed = { write: () => false, destroyed: true };
    const log = createJournal({ connect: 'never', fallback: closed as never }, '');
    log.info('m');
    expect(heard.messages).toEqual([
      { type: 'entry', level: 'info' },
      { type: 'dropped', dropped: 1 },
    ]);
  });

  it('lets a subscriber log, which does not hear of that', () => {
    const { log, payloads } = recorder();
    const heard: JournalChannelMessage[] = [];
    const hear = (message: unknown): void => {
      heard.push(message as JournalChannelMessage);
      log.info('inner');
    };
    subscribe('readyd:journal', hear);
    log.info('outer');
    unsubscribe('readyd:journal', hear);
    expect([heard.length, payloads.length]).toEqual([1, 2]);
  });
});

describe('readyd:socket', () => {
  it('has what listens, and how it was drained', async () => {
    using heard = new Heard('readyd:socket');
    const server = createServer();
    const { address } = await listen(server, { fallback: { port: 0, host: '127.0.0.1' } });
    await drain(server);
    expect(heard.messages).toEqual([
      { type: 'listening', name: undefined, address },
      { type: 'drained', forced: 0 },
    ]);
  });
});

it('has a row in the document for each type of message', () => {
  const source = readFileSync(join(packageRoot(), 'src/channels.ts'), 'utf8');
  const types = [...source.matchAll(/readonly type: ([^;}]+)/g)].flatMap(([, text = '']) => text.match(/\w+/g) ?? []);
  const table = readFileSync(join(packageRoot(), 'docs/diagnostics.md'), 'utf8');
  expect(types.length).toBeGreaterThan(15);
  for (const type of types) expect(table).toMatch(new RegExp(`^\\|[^|]*\\|[^|]*\`${type}\``, 'm'));
});
