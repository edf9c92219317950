import { existsSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Listener, parseEndpoint } from '../../src/manager/listener.ts';
import { openDescriptors } from '../helpers/descriptors.ts';

test.each([
  ['8080', { host: '::', port: 8080 }],
  ['0', { host: '::', port: 0 }],
  ['127.0.0.1:65535', { host: '127.0.0.1', port: 65535 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['/run/app.sock', { path: '/run/app.sock' }],
  ['@app', { path: '@app' }],
])('parseEndpoint(%j)', (text, endpoint) => expect(parseEndpoint(text)).toEqual(endpoint));

test.each(['', '/', '@', 'app.sock', '65536', '127.0.0.1', '127.0.0.1:', '::1:80', '[::1]', '80 ', 'localhost:80'])(
  'parseEndpoint(%j) is refused',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
  },
);

function reaches(address: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => socket.destroy()).on('error', () => resolve(false));
    socket.on('close', (failed) => resolve(!failed));
  });
}

test('binds a free port, and lets go of it', async () => {
  const before = openDescriptors();
  const listener = new Listener('web', '127.0.0.1:0');
  expect(listener).toMatchObject({ name: 'web', address: { address: '127.0.0.1', family: 'IPv4' } });
  const port = 'port' in (listener.address ?? {}) ? (listener.address as { port: number }).port : 0;
  expect(await reaches({ port, host: '127.0.0.1' })).toBe(true);
  listener.close();
  expect(await reaches({ port, host: '127.0.0.1' })).toBe(false);
  expect(openDescriptors()).toBe(before);
});

test('binds a path, and removes its file', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'readyd-')), 'socket');
  const listener = new Listener('app', path);
  expect(listener.address).toEqual({ path });
  expect(await reaches({ path })).toBe(true);
  expect(() => new Listener('app', path)).toThrow('EADDRINUSE');
  listener.close();
  expect(existsSync(path)).toBe(false);
});
