import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { onIdle } from '../../src/service/idle.ts';

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

async function gone(server: Server, socket: Socket): Promise<void> {
  socket.destroy();
  const count = () => new Promise((resolve) => server.getConnections((_, number) => resolve(number)));
  await vi.waitFor(async () => expect(await count()).toBe(0));
}

describe('onIdle', () => {
  test('a server that nobody connects to is idle, once', async () => {
    const { server } = await listening();
    const handler = vi.fn();
    using _watch = onIdle(server, { timeout: 20 }, handler);
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('an open connection keeps it busy; its end begins a new period', async () => {
    const { server, port } = await listening();
    const first = await connected(server, port);
    const handler = vi.fn();
    using _watch = onIdle(server, { timeout: 20 }, handler);
    const second = await connected(server, port);
    await gone(server, first).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(handler).not.toHaveBeenCalled();
    await gone(server, second);
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1));
    await gone(server, await connected(server, port));
    await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(2));
  }, 20_000);

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
