import { once } from 'node:events';
import { Agent, createServer as createHttp, type Server as HttpServer, type IncomingMessage, request } from 'node:http';
import { connect as connect2, createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps, get as getHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { drain, drainServer } from '../../src/service/drain.ts';
import { eventually } from '../helpers/eventually.ts';
import { certificate } from './certificate.ts';

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listening<S extends Server>(server: S): Promise<{ server: S; port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers `/` after so many milliseconds, and `/never` never. */
function slow(ms: number): HttpServer {
  return createHttp((asked, response) => {
    if (asked.url !== '/never') setTimeout(() => response.end('done'), ms);
  });
}

function ask(
  port: number,
  path: string,
  agent?: Agent,
): { response: Promise<IncomingMessage>; sent: Promise<unknown> } {
  const asked = request({ port, path, host: '127.0.0.1', agent });
  const response = once(asked, 'response').then(([answer]) => answer as IncomingMessage);
  response.catch(() => undefined);
  asked.end();
  return { response, sent: once(asked, 'finish') };
}

describe('http', () => {
  test('a server without connections, that never listened, or is closed already', async () => {
    const { server, port } = await listening(slow(0));
    expect(await drain(server)).toEqual({ forced: 0 });
    expect(await drain(server)).toEqual({ forced: 0 });
    expect(await drain(createHttp())).toEqual({ forced: 0 });
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a request in flight is answered, and its kept-alive connection then closed', async () => {
    const { server, port } = await listening(slow(300));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const { response } = ask(port, '/', agent);
    await once(server, 'request');
    const drained = drain(server);
    expect(await text(await response)).toBe('done');
    expect(await drained).toEqual({ forced: 0 });
  });

  test('an idle kept-alive connection does not hold it up', async () => {
    const { server, port } = await listening(slow(0));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    expect(await text(await ask(port, '/', agent).response)).toBe('done');
    expect(await drain(server)).toEqual({ forced: 0 });
  });

  test('a connection opened in advance does not hold it up, nor is it counted', async () => {
    const { server, port } = await listening(slow(0));
    await connected(port);
    expect(await drain(server)).toEqual({ forced: 0 });
  });

  test('what never ends is cut off and counted', async () => {
    const { server, port } = await listening(slow(0));
    const first = ask(port, '/never');
    await once(server, 'request');
    const second = ask(port, '/never');
    await once(server, 'request');
    expect(await drain(server, { timeout: 100 })).toEqual({ forced: 2 });
    await expect(first.response).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(second.response).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('an upgraded connection is active until it ends', async () => {
    const { server, port } = await listening(slow(0));
    server.on('upgrade', (_request, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const socket = await connected(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await once(socket, 'data');
    expect(await drain(server, { timeout: 100 })).toEqual({ forced: 1 });
    await once(socket, 'close');
  });

  test('timeout 0 cuts at once', async () => {
    const { server, port } = await listening(slow(0));
    ask(port, '/never');
    await once(server, 'request');
    expect(await drain(server, { timeout: 0 })).toEqual({ forced: 1 });
  });

  test('two at a time', async () => {
    const { server, port } = await listening(slow(200));
    const { response } = ask(port, '/');
    await once(server, 'request');
    const both = Promise.all([drain(server), drain(server)]);
    expect(await text(await response)).toBe('done');
    expect(await both).toEqual([{ forced: 0 }, { forced: 0 }]);
  });
});

test('https: the request in flight is answered, the idle and the unfinished one do not hold it up', async () => {
  const { server, port } = await listening(
    createHttps(certificate(), (_request, response) => void setTimeout(() => response.end('done'), 200)),
  );
  const asked = getHttps({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(server, 'request');
  const drained = drain(server, { timeout: 5000 });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe('done');
  expect(await drained).toEqual({ forced: 0 });
});

describe('http2', () => {
  test('the stream in flight is answered, and the session closed', async () => {
    const { server, port } = await listening(createHttp2());
    server.on(
      'stream',
      (stream) => void setTimeout(() => stream.respond({ ':status': 200 }) ?? stream.end('done'), 200),
    );
    const client = connect2(`http://127.0.0.1:${port}`);
    cleanups.push(() => client.destroy());
    const stream = client.request({ ':path': '/' });
    await once(server, 'stream');
    const drained = drain(server, { timeout: 5000 });
    expect(await text(stream)).toBe('done');
    expect(await drained).toEqual({ forced: 0 });
  });

  test('an idle session does not hold it up', async () => {
    const { server, port } = await listening(createHttp2());
    const client = connect2(`http://127.0.0.1:${port}`);
    cleanups.push(() => client.destroy());
    await once(server, 'session');
    expect(await drain(server, { timeout: 5000 })).toEqual({ forced: 0 });
  });

  test('a stream that never ends is cut off', async () => {
    const { server, port } = await listening(createHttp2());
    server.on('stream', (stream) => stream.on('error', () => undefined));
    const client = connect2(`http://127.0.0.1:${port}`);
    client.on('error', () => undefined);
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => undefined);
    await once(server, 'stream');
    expect(await drain(server, { timeout: 100 })).toEqual({ forced: 1 });
  });
});

describe('net', () => {
  test('connections end by themselves', async () => {
    const { server, port } = await listening(createServer((socket) => void socket.resume()));
    const socket = await connected(port);
    const drained = drain(server);
    await delay(100);
    socket.end();
    expect(await drained).toEqual({ forced: 0 });
  });

  test('what stays is cut off and counted, also where it is paused', async () => {
    const { server, port } = await listening(createServer((socket) => void socket.pause()));
    const sockets = [await connected(port), await connected(port), await connected(port)];
    await delay(50);
    expect(await drain(server, { timeout: 100 })).toEqual({ forced: 3 });
    await eventually(() => expect(sockets.every((socket) => socket.destroyed)).toBe(true));
  });
});

describe('drainServer', () => {
  /** A server with an upgraded connection and with one that waits for an answer. */
  async function busy(): Promise<{ server: HttpServer; upgraded: Socket; asked: ReturnType<typeof ask> }> {
    const { server, port } = await listening(slow(300));
    server.on('upgrade', (_request, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const upgraded = await connected(port);
    upgraded.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await once(upgraded, 'data');
    const asked = ask(port, '/');
    await once(server, 'request');
    return { server, upgraded, asked };
  }

  test('awaitUpgraded: false answers what was asked, and leaves the upgraded connection open', async () => {
    const { server, upgraded, asked } = await busy();
    const drained = drainServer(server, { timeout: 60_000, force: false, awaitUpgraded: false });
    expect(await text(await asked.response)).toBe('done');
    expect(await drained).toEqual({ left: 0 });
    expect(upgraded.destroyed).toBe(false);
    upgraded.write('x');
    await delay(50);
    expect(upgraded.destroyed).toBe(false);
  });

  test('awaitUpgraded: true waits for it until the timeout, and without force leaves it open', async () => {
    const { server, upgraded, asked } = await busy();
    const drained = drainServer(server, { timeout: 1000, force: false, awaitUpgraded: true });
    expect(await text(await asked.response)).toBe('done');
    expect(await drained).toEqual({ left: 1 });
    expect(upgraded.destroyed).toBe(false);
  });

  test('force: false destroys no connection at the timeout: the answer still arrives', async () => {
    const { server, asked } = await busy();
    const drained = drainServer(server, { timeout: 20, force: false, awaitUpgraded: false });
    expect(await drained).toEqual({ left: 1 });
    expect(await text(await asked.response)).toBe('done');
  });
});

describe('connections that came before readyd was imported', () => {
  /** As a program has it that imports it late. */
  async function late(): Promise<typeof drain> {
    vi.resetModules();
    return (await import('../../src/service/drain.ts')).drain;
  }

  test('http: the idle one is closed, the request in flight answered, what never ends cut off', async () => {
    const { server, port } = await listening(slow(300));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    await text(await ask(port, '/', agent).response);
    const { response } = ask(port, '/');
    await once(server, 'request');
    ask(port, '/never');
    await once(server, 'request');
    const drained = (await late())(server, { timeout: 1000 });
    expect(await text(await response)).toBe('done');
    expect(await drained).toEqual({ forced: 1 });
  });

  test('net: those that stay are cut off, also where they are paused', async () => {
    const { server, port } = await listening(createServer((socket) => void socket.pause()));
    const sockets = [await connected(port), await connected(port)];
    await delay(50);
    expect(await (await late())(server, { timeout: 100 })).toEqual({ forced: 2 });
    await eventually(() => expect(sockets.every((socket) => socket.destroyed)).toBe(true));
  });

  test('http2: a stream is answered, and no session is left', async () => {
    const { server, port } = await listening(createHttp2());
    server.on(
      'stream',
      (stream) => void setTimeout(() => stream.respond({ ':status': 200 }) ?? stream.end('done'), 200),
    );
    const clients = [1, 2].map(() => connect2(`http://127.0.0.1:${port}`).on('error', () => undefined));
    cleanups.push(...clients.map((client) => () => client.destroy()));
    await Promise.all(clients.map((client) => once(client, 'remoteSettings')));
    const stream = clients[0]?.request({ ':path': '/' });
    await once(server, 'stream');
    const drained = (await late())(server, { timeout: 1000 });
    if (stream !== undefined) expect(await text(stream)).toBe('done');
    // Before Node 24 an idle session cannot be found, only its connection.
    const forced = Number.parseInt(process.versions.node, 10) < 24 ? 2 : 0;
    expect(await drained).toEqual({ forced });
    await eventually(() => expect(clients.every((client) => client.destroyed)).toBe(true));
  });
});

test.each([
  [undefined, {}],
  [{}, {}],
  [createServer(), { timeout: -1 }],
  [createServer(), { timeout: '1' }],
  [createServer(), { timeuot: 1 }],
  [createServer(), null],
])('refuses %j and %j', async (server, options) => {
  await expect(drain(server as never, options as never)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
});
