// STATUS of a service that changes it often, while a check of its watchdog fails.
import { expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../helpers/receiver.ts';
import { type Child, child } from './child.ts';

/** SIGUSR1 makes the check fail, SIGUSR2 heals it. */
const CHECK = `
  let down = false;
  process.on('SIGUSR1', () => { down = true; }).on('SIGUSR2', () => { down = false; });
  const watchdog = { checks: { database: () => { if (down) throw new Error('connection refused'); } } };`;
const LIVE = `let count = 0; const live = { status: () => 'count ' + count++, statusInterval: 20 };`;
const UNHEALTHY = 'STATUS=unhealthy: database: connection refused';

function run(manager: Receiver, script: string): Child {
  // The check runs ten times a second or more often.
  return child(CHECK + script, { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '200000' });
}

/** All that was said of the status, from a moment on. */
const statuses = (manager: Receiver, from = 0): string[] =>
  manager.messages.slice(from).filter((text) => text.includes('STATUS='));

/** On a busy machine the diagnosis reports a blocked loop more than once, with other times. */
const withoutTimes = (texts: readonly string[]): string[] => {
  const plain = texts.map((text) => text.replace(/ for .*| \d.*/, ''));
  return plain.filter((text, index) => text !== plain[index - 1]);
};

const heard = (manager: Receiver, text: string, from = 0) => expect.poll(() => statuses(manager, from)).toContain(text);

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('the reason stays while the check fails, whatever status() says, and then that comes back', async () => {
  await using manager = createReceiver();
  const program = run(
    manager,
    `${LIVE} await readyd.service({ keepAlive: true, watchdog, ...live, start: () => { console.log('up'); } });`,
  );
  await heard(manager, 'READY=1\nSTATUS=count 0');
  program.kill('SIGUSR1');
  await heard(manager, UNHEALTHY);
  const from = manager.messages.indexOf(UNHEALTHY);
  await delay(500);
  expect(statuses(manager, from)).toEqual([UNHEALTHY]);
  program.kill('SIGUSR2');
  await expect.poll(() => statuses(manager, from)[1]).toMatch(/^STATUS=count \d+$/);
  await expect.poll(() => statuses(manager, from).length).toBeGreaterThan(3);
  expect(statuses(manager).join('\n')).not.toContain('healthy again');
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0 });
});

test('a service that has said nothing says that it is healthy again', async () => {
  await using manager = createReceiver();
  const program = run(
    manager,
    `await readyd.service({ keepAlive: true, watchdog, start: () => { console.log('up'); } });`,
  );
  await program.says('up');
  program.kill('SIGUSR1');
  await heard(manager, UNHEALTHY);
  program.kill('SIGUSR2');
  await heard(manager, 'STATUS=healthy again: database');
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0 });
});

test('a reload that fails meanwhile, and a stop: the reason comes back after one, and not after the other', async () => {
  await using manager = createReceiver();
  const program = run(
    manager,
    `${LIVE} await readyd.service({ keepAlive: true,
      watchdog, ...live,
      start: () => { console.log('up'); },
      reload: () => { throw new Error('bad settings'); },
      stop: async (_, { status }) => { status('closing'); await new Promise((resolve) => setTimeout(resolve, 300)); },
    });`,
  );
  await program.says('up');
  program.kill('SIGUSR1');
  await heard(manager, UNHEALTHY);
  const from = manager.messages.indexOf(UNHEALTHY);
  program.kill('SIGHUP');
  await expect.poll(() => statuses(manager, from).length).toBe(3);
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0 });
  expect(statuses(manager, from)).toEqual([
    UNHEALTHY,
    'READY=1\nSTATUS=reload failed: bad settings',
    UNHEALTHY,
    'STOPPING=1\nSTATUS=stopping',
    'STATUS=closing',
  ]);
});

test('what the diagnosis has written goes when the loop turns again', async () => {
  await using manager = createReceiver();
  const program = child(
    `await readyd.service({ keepAlive: true,
      watchdog: { diagnose: true },
      start: () => { setTimeout(() => { for (const end = performance.now() + 700; performance.now() < end; ); }, 1000); },
      status: () => 'the same as ever',
    });`,
    { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '1000000' },
  );
  await expect
    .poll(() => withoutTimes(statuses(manager)), { timeout: 60_000 })
    .toEqual([
      'READY=1\nSTATUS=the same as ever',
      'STATUS=event loop blocked',
      'STATUS=the event loop turns again, after',
      'STATUS=the same as ever',
    ]);
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0 });
});
