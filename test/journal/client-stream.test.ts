// inetd, xinetd and Accept=yes with StandardInput=socket: all three standard streams are the connection of a client.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

const PACKAGE = JSON.stringify(join(packageRoot(), 'dist/index.js'));
const directory = mkdtempSync(join(tmpdir(), 'readyd-client-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Starts a program as inetd does, with a connection as its standard streams. Returns the text that the client receives. */
async function answerOf(program: string, path?: string, stdio?: readonly (0 | 1)[]): Promise<string> {
  const server: Server = createServer({ pauseOnConnect: true });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port ?? { path: path ?? '' });
  const [accepted] = await once(server, 'connection');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', `import * as readyd from ${PACKAGE};\n${program}`],
    {
      stdio: stdio === undefined ? [accepted, accepted, accepted] : [accepted, accepted, 'pipe'],
    },
  );
  accepted.destroy();
  const [answer, errors] = await Promise.all([text(client), child.stderr === null ? '' : text(child.stderr)]);
  server.close();
  return answer + errors;
}

const LOG = `
  const log = readyd.journal({ fields: { secret: 'password' } });
  log.error('not for the client');
  await log.close();
  readyd.connection().end('hello ' + log.connected);`;

test.each([
  ['TCP', undefined],
  ['unix', join(directory, 'socket')],
])('the client of a %s connection gets no entry, and connected tells where it goes', async (_, path) => {
  expect(await answerOf(LOG, path)).toMatch(/^hello (true|false)$/);
});

test.each(['{ fallback: "json" }', '{ connect: "never" }', '{ fallback: process.stderr }'])(
  'nor with %s',
  async (options) => {
    expect(await answerOf(LOG.replace(/\{ fields.*\}\}?/, options))).toMatch(/^hello (true|false)$/);
  },
);

test('if standard error is another stream, entries go there', async () => {
  expect(await answerOf(LOG.replace('{ fields', '{ connect: "never", fields'), undefined, [0, 1])).toContain(
    'not for the client',
  );
});
