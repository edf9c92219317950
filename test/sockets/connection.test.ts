import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { descriptorOf } from '../../src/sockets/resource.ts';
import { activate, Passed, reportOf, temporaryPath } from './activate.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/connection.js', import.meta.url));

/** The accepted end and the client's end of a connection. */
async function connected(path?: string): Promise<{ accepted: Socket; client: Socket; close: () => void }> {
  const server = createServer({ pauseOnConnect: true });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const client = path === undefined ? connect((server.address() as AddressInfo).port) : connect(path);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const close = () => {
    accepted.destroy();
    client.destroy();
    server.close();
  };
  return { accepted, client, close };
}

/** What the fixture, which has the connection, answers once our copy of it is closed. */
async function dialogue(accepted: Socket, client: Socket): Promise<string> {
  accepted.destroy();
  client.write('hello');
  return await text(client);
}

describe('connection', () => {
  it.each([
    ['"connection", over TCP', ['connection'], undefined, '127.0.0.1'],
    ['"connection", over a unix socket', ['connection'], temporaryPath(), undefined],
    ['nameless, as systemd-socket-activate passes it', undefined, undefined, '127.0.0.1'],
  ])('is %s', async (_, names, path, remote) => {
    const { accepted, client, close } = await connected(path);
    const passing = names === undefined ? {} : { names };
    await using child = activate('connection', { fds: [descriptorOf(accepted)], ...passing });
    expect(await child.report()).toEqual({ found: true, same: true, ...(remote ? { remote } : {}) });
    expect(await dialogue(accepted, client)).toBe('you said hello');
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    close();
  });

  it('is standard input, where the service manager has made it so', async () => {
    const { accepted, client, close } = await connected();
    const child = spawn(process.execPath, [FIXTURE, '', 'exec-pid'], { stdio: [accepted, accepted, 'pipe'] });
    expect(await dialogue(accepted, client)).toBe('you said hello');
    expect(JSON.parse(await text(child.stderr))).toMatchObject({ found: true, same: true, remote: '127.0.0.1' });
    close();
  });

  it('is standard input if that is a TCP connection, also without systemd', async () => {
    const { accepted, client, close } = await connected();
    const child = spawn(process.execPath, [FIXTURE, '', 'stderr'], {
      stdio: [accepted, accepted, 'pipe'],
      env: { ...process.env, SYSTEMD_EXEC_PID: '1' },
    });
    expect(await dialogue(accepted, client)).toBe('you said hello');
    expect(JSON.parse(await text(child.stderr))).toMatchObject({ found: true, same: true, remote: '127.0.0.1' });
    close();
  });

  it('is not just any socket on standard input', async () => {
    // The test's end of the pipe is a socket.
    const none = { found: false, same: true };
    expect(await reportOf('connection', { env: { LISTEN_FDS: undefined } })).toEqual(none);
    expect(await reportOf('connection', { env: { LISTEN_FDS: undefined, SYSTEMD_EXEC_PID: '1' } })).toEqual(none);
  });

  it('is not a socket that listens, or a connection of another name', async () => {
    using passed = new Passed();
    const { accepted, close } = await connected();
    const fds = [passed.tcp(), descriptorOf(accepted)];
    expect(await reportOf('connection', { fds, names: ['web', 'stored'] })).toEqual({ found: false, same: true });
    close();
  });

  it('says what it cannot serve', async () => {
    using passed = new Passed();
    expect(await reportOf('connection', { fds: [passed.udp()], names: ['connection'] })).toMatchObject({
      failed: { code: 'SD_ERR_FD_MISMATCH', message: expect.stringContaining('udp socket') },
    });
  });
});
