import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  ['udp:53', { host: '::', port: 53, datagram: true }],
  ['udp:[::1]:53', { host: '::1', port: 53, datagram: true }],
  ['udp:/run/app.sock', { path: '/run/app.sock', datagram: true }],
])('parseEndpoint(%j)', (text, endpoint) => expect(parseEndpoint(text)).toEqual(endpoint));

const BAD = ['', '/', '@', 'app.sock', '65536', '-1', '127.0.0.1', '127.0.0.1:', '127.0.0:80', '256.0.0.1:80'].concat([
  '::1:80',
  '[::1]',
  '[::1:80',
  '[:::1]:80',
  '[127.0.0.1]:80',
  '80 ',
  '/run/app\0.sock',
  'localhost:80',
  'tcp:80',
]);

test.each([...BAD, ...BAD.map((text) => `udp:${text}`), 'udp:udp:80'])('parseEndpoint(%j) is refused', (text) => {
  expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
});

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

test('closes once, and nothing that came to its number or its path since', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'readyd-')), 'socket');
  const first = new Listener('app', path);
  first.close();
  const second = new Listener('app', path);
  expect(second.fd).toBe(first.fd);
  first.close();
  expect(await reaches({ path })).toBe(true);
  second.close();
});

test('takes over the file of a socket that no process has open, and of no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-'));
  for (const kind of ['', 'udp:']) {
    const path = join(folder, `socket-${kind}`);
    const python = `import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_${kind ? 'DGRAM' : 'STREAM'}); s.bind(sys.argv[1])`;
    execFileSync('python3', ['-c', python, path]);
    expect(existsSync(path)).toBe(true);
    new Listener('app', `${kind}${path}`).close();
  }
  const file = join(folder, 'file');
  writeFileSync(file, 'precious');
  expect(() => new Listener('app', file)).toThrow('EADDRINUSE');
  expect(readFileSync(file, 'utf8')).toBe('precious');
});
