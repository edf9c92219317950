// The demo without systemd: a stand-in for the service manager, which speaks systemd's protocol, starts the example.
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManager, type Manager } from '#manager/manager';
import { formatEvent, type TimelineEvent } from '#manager/timeline';
import { packageRoot } from '../../../test/systemd/boot.ts';
import { type Answer, get } from './client.ts';
import { expectThat, print, style } from './print.ts';

type Source = TimelineEvent['source'] | 'client';

const STYLES = {
  manager: 'dim',
  service: 'green',
  client: 'cyan',
  stdout: 'yellow',
  stderr: 'yellow',
  journal: 'yellow',
} as const;
const WATCHDOG_MS = 1000;
const DEADLINE_MS = 10_000;
const NEW_PAGE = '<p>This page was reloaded.</p>\n';

/** Resolves when the demo has shown every step of the example's life, and each had the expected result. */
export async function runOnStandIn(root: string, server: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  copyFileSync(join(root, 'examples/http-server/page.html'), join(folder, 'page.html'));
  await using manager = await createManager({
    listen: { web: '127.0.0.1:0' },
    watchdog: WATCHDOG_MS,
    startTimeout: DEADLINE_MS,
    stopTimeout: DEADLINE_MS,
    onEvent: show,
  });
  await live(manager, folder, server);
}

async function live(manager: Manager, folder: string, server: string): Promise<void> {
  const visit = async (): Promise<Answer> => {
    const { status, body } = await get(urlOf(manager));
    show({
      at: manager.elapsed,
      source: 'client',
      text: `GET / is answered: ${status}, ${firstWords(body)}`,
    });
    return { status, body };
  };
  show({ at: manager.elapsed, source: 'manager', text: `listens on ${urlOf(manager)}, and nothing serves there yet` });
  // The kernel keeps the connection until the service, once it runs, accepts it.
  const early = visit();
  early.catch(() => undefined); // awaited below, unless something else fails before
  const daemon = await manager.start(process.execPath, [server], { cwd: folder });
  await daemon.ready();
  expectThat('the status is there', daemon.status === 'serving');
  expectThat('the request from before the start is answered', (await early).status === 200);

  const pings = (): number => daemon.messages.filter(({ watchdog }) => watchdog === 'ping').length;
  await daemon.until('three signs of life', () => pings() >= 3);

  writeFileSync(join(folder, 'page.html'), NEW_PAGE);
  await daemon.reload();
  expectThat('the page is the new one', (await visit()).body === NEW_PAGE);

  const { code, result } = await daemon.stop();
  expectThat(
    'the service said that it stops',
    daemon.messages.some(({ stopping }) => stopping),
  );
  expectThat(
    'the service waited until the manager had read its last message',
    daemon.messages.some(({ barrier }) => barrier),
  );
  expectThat(`the service ends with code 0, not ${code}`, code === 0 && result === 'success');
  expectThat('nothing but the page is left', readdirSync(folder).join() === 'page.html');
}

function urlOf(manager: Manager): string {
  const address = manager.sockets[0]?.address;
  if (address === undefined || !('port' in address)) throw new Error('no socket was bound');
  return `http://${address.address}:${address.port}/`;
}

function firstWords(html: string): string {
  return /<p>([^<]*)/.exec(html)?.[1] ?? '';
}

function show(event: { at: number; source: Source; text: string }): void {
  const text = event.text.replaceAll(`${packageRoot()}/`, '');
  print(style(STYLES[event.source], formatEvent({ ...event, text })));
}
