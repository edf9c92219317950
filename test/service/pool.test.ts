// The workers of a pool and their primary, off systemd; test/systemd and test/examples have the rest.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnRuntimes } from '../runtimes.ts';
import { run } from './child.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/pool.js');

test('a pool that is stopped while a successor loads ends with it', async () => {
  const pool = run(process.execPath, [FIXTURE]);
  await pool.says('the worker hears');
  pool.kill('SIGHUP');
  await pool.says('reload'); // so it is ready
  pool.kill('SIGUSR2');
  await pool.says('late');
  pool.kill('SIGTERM');
  expect(await pool.ended).toMatchObject({ code: 0 });
});

// Node itself keeps our messages apart from the program's, so the test runs on every Node.
describeOnRuntimes('a pool', (node) => {
  test('says nothing among the messages of the program', async () => {
    const pool = run(node, [FIXTURE]);
    await pool.says('the worker hears');
    pool.kill('SIGHUP');
    await pool.says('reload');
    pool.kill('SIGTERM');
    const { code, stdout } = await pool.ended;
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 0,
      lines: ['the primary hears "thank you"', 'the worker hears "you are welcome"', 'reload', 'stop', ''],
    });
  });
});
