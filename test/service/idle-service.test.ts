// idleTimeout of service(): the end of a service that has had no connection for some time.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { identify } from '../../src/sockets/inspect.ts';
import { PassedFd } from '../../src/sockets/listen-fd.ts';
import { activate, Passed } from '../sockets/activate.ts';

const FIXTURE = new URL('fixtures/idle.js', import.meta.url);
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function portOf(fd: number): number {
  const { address } = new PassedFd(
    fd,
    'web',
    identify(fd, () => 'not open'),
  );
  if (address === undefined || !('port' in address)) throw new Error('no port');
  return address.port;
}

describe.concurrent('idleTimeout', () => {
  test('stops a service that has never had a connection, and leaves the socket to the manager', async () => {
    using passed = new Passed();
    const fd = passed.tcp();
    await using running = activate(FIXTURE, { fds: [fd], names: ['web'], task: { idleTimeout: 20 } });
    expect(await running.report()).toEqual({ activated: true });
    expect(await running.report()).toBe('stop');
    expect(await running.report()).toBe('end');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    const later = connect(portOf(fd), '127.0.0.1');
    await once(later, 'connect');
    later.destroy();
  });

  test('counts from the end of the last connection', async () => {
    using passed = new Passed();
    const fd = passed.tcp();
    const client = connect(portOf(fd), '127.0.0.1');
    await once(client, 'connect');
    await using running = activate(FIXTURE, { fds: [fd], names: ['web'], task: { idleTimeout: 2000 } });
    expect(await running.report()).toEqual({ activated: true });
    expect(await running.report()).toBe('connected');
    await delay(3000);
    client.write('still there?');
    expect(await text(client)).toBe('answer');
    expect(await running.report()).toBe('stop');
    expect(await running.report()).toBe('end');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });

  test('counts from the last datagram', async () => {
    using passed = new Passed();
    const fd = passed.udp();
    const client = createSocket('udp4').unref();
    client.send('one', portOf(fd), '127.0.0.1');
    await using running = activate(FIXTURE, {
      fds: [fd],
      names: ['log'],
      task: { idleTimeout: 500, datagrams: true },
    });
    expect(await running.report()).toEqual({ activated: true });
    expect(await running.report()).toBe('datagram');
    expect(await running.report()).toBe('stop');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    client.close();
  });

  test('stops nothing without a passed socket: nothing would start the service again', async () => {
    const env = { LISTEN_FDS: undefined };
    await using running = activate(FIXTURE, { env, task: { idleTimeout: 20 } });
    expect(await running.report()).toEqual({ activated: false });
    await delay(500);
    running.child.kill('SIGTERM');
    expect(await running.report()).toBe('stop');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });
});
