import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { native } from '../../src/native.ts';
import { drain } from '../../src/service/drain.ts';
import { onIdle } from '../../src/service/idle.ts';
import { identify } from '../../src/sockets/inspect.ts';
import { PassedFd } from '../../src/sockets/listen-fd.ts';
import { eventually } from '../helpers/eventually.ts';
import { some } from '../left-out.ts';

const PERIODS = some(1000);

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => void socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function connected(server: Server, port: number): Promise<Socket> {
  const accepted = once(server, 'connection');
  const socket = connect(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  await accepted;
  return socket;
}

/** Ends a connection; so many others stay. */
async function gone(server: Server, socket: Socket, others = 0): Promise<void> {
  socket.destroy();
  const count = () => new Promise((resolve) => server.getConnections((_, number) => resolve(number)));
  await eventually(async () => expect(await count()).toBe(others));
}

describe('onIdle', () => {
  test('a server without connections is idle, once', async () => {
    const { server } = await listening();
    const handler = vi.fn();
    using _watch = onIdle(server, { timeout: 20 }, handler);
    await eventually(() => expect(handler).toHaveBeenCalledTimes(1));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('an open connection keeps it busy; its end begins a new period', async () => {
    const { server, port } = await listening();
    const first = await connected(server, port);
    const handler = vi.fn();
    using _watch = onIdle(server, { timeout: 20 }, handler);
    const second = await connected(server, port);
    await gone(server, first, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(handler).not.toHaveBeenCalled();
    await gone(server, second);
    await eventually(() => expect(handler).toHaveBeenCalledTimes(1));
    await gone(server, await connected(server, port));
    await eventually(() => expect(handler).toHaveBeenCalledTimes(2));
  });

  test('what was disposed is silent', async () => {
    const { server } = await listening();
    const handler = vi.fn();
    onIdle(server, { timeout: 10 }, handler)[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(handler).not.toHaveBeenCalled();
  });

  const NOOP = (): void => undefined;

  test.each<readonly [server: unknown, options: unknown, handler: unknown]>([
    [{}, { timeout: 10 }, NOOP],
    [createServer(), {}, NOOP],
    [createServer(), { timeout: 0 }, NOOP],
    [createServer(), { timeout: 2 ** 31 }, NOOP],
    [createServer(), { timeout: '5' }, NOOP],
    [createServer(), { timeout: 10, tiemout: 1 }, NOOP],
    [createServer(), { timeout: 10 }, undefined],
    [createServer(), undefined, NOOP],
  ])('refuses %j, %j, %j', (server, options, handler) => {
    expect(() => onIdle(server as never, options as never, handler as never)).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }),
    );
  });
});

test(`${PERIODS} idle periods of a server on a passed socket: every request is answered`, async () => {
  const passed = native().bindInet('127.0.0.1', 0, 0, 128);
  const socket = new PassedFd(
    passed,
    'web',
    identify(passed, () => 'not open'),
  );
  const { address } = socket;
  const port = address !== undefined && 'port' in address ? address.port : 0;
  const over = new AbortController();
  let answers = 0;
  const failures: unknown[] = [];
  // Each asks as soon as it has its answer, and then after a moment in which the server may leave.
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const asked = connect(port, '127.0.0.1');
      const answer = await text(asked).catch((error: unknown) => error);
      if (answer === 'hello') answers += 1;
      else failures.push(answer);
      await new Promise((resolve) => setTimeout(resolve, 2 * Math.random()));
    }
  };
  const clients = [client(), client()];
  for (let period = 0; period < PERIODS; period += 1) {
    const server = createServer((one) => void one.end('hello'));
    // Closing the server closes the copy; the socket itself stays, as that of systemd does.
    server.listen({ fd: socket.lend() });
    await new Promise<void>((resolve) => onIdle(server, { timeout: 1 }, resolve));
    await drain(server);
  }
  over.abort();
  // The last connections wait in the socket: a last server has to answer them.
  const last = createServer((one) => void one.end('hello')).listen({ fd: socket.lend() });
  await Promise.all(clients);
  last.close();
  native().close(passed);
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(some(100));
});
