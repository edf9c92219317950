// The service that each tool builds and each installer installs, and how a test sees that it works where it was moved to.
import { expect } from 'vitest';
import { createManager } from '../../../src/testing.ts';

const LIFE = `
  const log = journal();
  const running = service({
    start: async () => {
      const { activated } = await listen(server);
      log.info(activated ? 'serves what was passed' : 'serves something else');
      return server;
    },
    stop: (server) => void server.close(),
    watchdog: { diagnose: true },
  });`;
const SERVER = "const server = createServer((request, response) => response.end('hello'));";
/** Bun does not serve HTTP on a socket that was passed. */
const BUN_SERVER = `const server = createServer((socket) => {
    socket.end('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 5\\r\\n\\r\\nhello');
  });`;

export const MODULE = `import { createServer } from 'node:http';
  import { journal, listen, service } from 'readyd';
  ${SERVER}
  ${LIFE}`;
export const COMMONJS = `const { createServer } = require('node:http');
  const { journal, listen, service } = require('readyd');
  ${SERVER}
  ${LIFE}`;
export const FOR_BUN = `import { createServer } from 'node:net';
  import { journal, listen, service } from 'readyd';
  ${BUN_SERVER}
  ${LIFE}`;

/** What a service did. */
export interface Seen {
  readonly answer: string;
  readonly log: readonly string[];
}

export const WORKS: Seen = { answer: 'hello', log: ['serves what was passed'] };

/** Starts a program as a service; resolves to its answer on the passed socket, and to its log, which has these entries. */
export async function serve(
  command: string,
  args: readonly string[],
  cwd: string,
  entries: readonly (string | RegExp)[] = WORKS.log,
): Promise<Seen> {
  const manager = await createManager({ listen: { web: '127.0.0.1:0' }, watchdog: 60_000 });
  try {
    const daemon = await manager.start(command, [...args], { cwd, env: { PATH: process.env.PATH } });
    await daemon.ready();
    const answer = await (await fetch(manager.url('web'))).text();
    // A warning of the diagnosis may come after READY. Printed lines are no entries of readyd: those need the addon.
    await daemon.until('the entries', ({ journal }) => {
      const native = journal.filter(({ source }) => source === 'native');
      return entries.every((entry) =>
        native.some(({ message }) => (typeof entry === 'string' ? message === entry : entry.test(message))),
      );
    });
    const { result } = await daemon.stop();
    const log = daemon.journal.map(({ message }) => message);
    expect({ result, log }).toMatchObject({ result: 'success' });
    return { answer, log };
  } finally {
    await manager.close();
  }
}
