import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/sockets/inspect.ts';
import type { SocketAddress } from '../../src/sockets/kind.ts';
import { PassedFd } from '../../src/sockets/listen-fd.ts';
import { Activated, activate, Passed, temporaryPath } from './activate.ts';
import { ask, askAbstract, type Protocol } from './client.ts';

interface Serve {
  protocol?: Protocol;
  how?: 'listen' | 'framework';
  target?: object;
  /** Starts the server of that index once more. */
  again?: number;
  /** server.listen() throws. */
  fail?: boolean;
}

interface Served {
  activated?: boolean;
  address?: SocketAddress;
  addresses?: readonly SocketAddress[];
  /** What server.address() says. */
  told?: unknown;
  options?: unknown;
  failed?: { code: string; message: string };
}

const PROTOCOLS: readonly Protocol[] = ['net', 'tls', 'http', 'https', 'http2', 'http2s'];

/** One report for each server, the backlogs, and a way to stop. */
async function serve(activation: Parameters<typeof activate>[1], servers: readonly Serve[]) {
  const activated = activate('serve', { ...activation, task: { servers } });
  const served: Served[] = [];
  for (const _ of servers) served.push((await activated.report()) as Served);
  const { backlogs } = (await activated.report()) as { backlogs: number[] };
  return {
    served,
    backlogs,
    async [Symbol.asyncDispose]() {
      await activated[Symbol.asyncDispose]();
    },
    async stop() {
      activated.child.stdin?.end();
      const last = (await activated.report()) as { told: unknown[]; own: boolean[] };
      return { ...last, ...(await activated.stop()) };
    },
  };
}

const addressOf = (served: Served | undefined): SocketAddress => {
  if (served?.address === undefined) throw new Error(`serves nowhere: ${JSON.stringify(served)}`);
  return served.address;
};

/** Where a passed socket listens. */
const addressOfFd = (fd: number): SocketAddress => {
  const socket = new PassedFd(
    fd,
    'x',
    identify(fd, () => 'not open'),
  );
  if (socket.address === undefined) throw new Error('no address');
  return socket.address;
};

const failed = (code: string, ...words: string[]) => ({
  failed: expect.objectContaining({ code, message: expect.stringMatching(words.join('.*')) }),
});

describe('listen on a passed socket', () => {
  it('serves two TCP sockets and a unix socket by name, keeps their backlogs, and leaves the socket file', async () => {
    using passed = new Passed();
    const path = temporaryPath();
    const fds = [passed.tcp(7), passed.tcp(11, '::1'), passed.unix(path, 13)];
    const names = ['a', 'b', 'c'];
    const targets = ['c', 'b', 'a'].map((name) => ({ protocol: 'http' as const, target: { name, fallback: 1 } }));
    await using running = await serve({ fds, names }, targets);
    expect(running.served).toMatchObject([
      { activated: true, address: { path }, told: path },
      { activated: true, address: { address: '::1', family: 'IPv6' }, told: { address: '::1', family: 'IPv6' } },
      { activated: true, address: { address: '127.0.0.1', family: 'IPv4' }, told: { address: '127.0.0.1' } },
    ]);
    expect(running.backlogs).toEqual([7, 11, 13]);
    const answers = running.served.map((served) => ask('http', addressOf(served)));
    expect(await Promise.all(answers)).toEqual(['http 0', 'http 1', 'http 2']);
    expect(await running.stop()).toEqual({
      code: 0,
      signal: null,
      told: [null, null, null],
      own: [false, false, false],
    });
    expect(existsSync(path)).toBe(true);
  });

  it.each(PROTOCOLS)('serves %s, over TCP and unix', async (protocol) => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(), passed.unix()], names: ['tcp', 'unix'] }, [
      { protocol, target: { name: 'tcp' } },
      { protocol, target: { name: 'unix' } },
    ]);
    const [tcp, unix] = running.served;
    expect(await ask(protocol, addressOf(tcp))).toBe(`${protocol} 0`);
    expect(await ask(protocol, addressOf(unix))).toBe(`${protocol} 1`);
    expect(running.backlogs).toEqual([7, 7]);
  });

  it('serves an abstract unix socket', async () => {
    using passed = new Passed();
    const name = `readyd-listen-${process.pid}`;
    await using running = await serve({ fds: [passed.unix(`\0${name}`)] }, [{}]);
    expect(running.served).toMatchObject([{ address: { path: `@${name}` }, told: `\0${name}` }]);
    expect(await askAbstract(name)).toBe('net 0');
  });

  it('needs no name for the only listening socket', async () => {
    using passed = new Passed();
    const fds = [passed.udp(), passed.memfd(''), passed.tcp()];
    await using running = await serve({ fds }, [{}]);
    expect(running.served).toMatchObject([{ activated: true }]);
  });

  it('serves all streams of a name, also of one that a datagram socket has too', async () => {
    using passed = new Passed();
    const fds = [passed.udp(), passed.tcp(), passed.tcp(9, '::1'), passed.unix(temporaryPath(), 11)];
    const servers = [{ protocol: 'http' as const, target: { name: 'dns' } }, { target: { name: 'dns' } }];
    await using running = await serve({ fds, names: ['dns', 'dns', 'dns', 'dns'] }, servers);
    const [first, second] = running.served;
    expect(first?.addresses).toMatchObject([{ family: 'IPv4' }, { family: 'IPv6' }, { path: expect.any(String) }]);
    expect(first?.address).toEqual(first?.addresses?.[0]);
    expect(second).toMatchObject(failed('SD_ERR_FD_TAKEN', 'descriptor 4 \\("dns"\\)'));
    for (const address of first?.addresses ?? []) expect(await ask('http', address)).toBe('http 0');
    expect(running.backlogs).toEqual([7, 9, 11]);
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  it.each(PROTOCOLS)('a server of %s serves several sockets, and closes with all of them', async (protocol) => {
    using passed = new Passed();
    const fds = [passed.tcp(), passed.tcp(), passed.unix()];
    await using running = await serve({ fds, names: ['web', 'web', 'web'] }, [{ protocol }]);
    const addresses = running.served[0]?.addresses ?? [];
    expect(addresses).toHaveLength(3);
    for (const address of addresses) expect(await ask(protocol, address)).toBe(`${protocol} 0`);
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  it('a framework serves all of the name, too', async () => {
    using passed = new Passed();
    const fds = [passed.tcp(7), passed.tcp(9)];
    await using running = await serve({ fds, names: ['web', 'web'] }, [{ protocol: 'http', how: 'framework' }]);
    for (const fd of fds) expect(await ask('http', addressOfFd(fd))).toBe('http 0');
    expect(running.backlogs).toEqual([7, 9]);
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  it('without names serves all, as with systemd-socket-activate -l 8901 -l 8902', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(), passed.tcp()] }, [{}]);
    expect(running.served[0]?.addresses).toHaveLength(2);
  });

  it.each([
    ['systemd-socket-activate', undefined],
    ['a socket unit without FileDescriptorName=', ['web.socket']],
  ])('the only socket, whose name nobody chose, is taken for any name: %s', async (_, names) => {
    using passed = new Passed();
    const activation = names === undefined ? { fds: [passed.tcp()] } : { fds: [passed.tcp()], names };
    await using running = await serve(activation, [{ target: { name: 'web', fallback: 0 } }]);
    expect(running.served).toMatchObject([{ activated: true }]);
  });

  it.each([
    ['two of them', [undefined, undefined], ['unknown', 'unknown']],
    ['one with its own name', [undefined], ['admin']],
  ])('but not %s', async (_, sockets, names) => {
    using passed = new Passed();
    const fds = sockets.map(() => passed.tcp());
    await using running = await serve({ fds, names }, [{ target: { name: 'web', fallback: 0 } }]);
    expect(running.served).toMatchObject([{ activated: false }]);
  });

  it('takes another backlog when asked to', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(7)] }, [{ target: { backlog: 21 } }]);
    expect(running.backlogs).toEqual([21]);
  });

  it('keeps a backlog of 0, which Node takes for none', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(0), passed.unix(temporaryPath(), 0)], names: ['a', 'b'] }, [
      { target: { name: 'a' } },
      { target: { name: 'b' } },
    ]);
    expect(running.backlogs).toEqual([0, 0]);
  });
});

describe('listen refuses', () => {
  it('to guess among several', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(), passed.unix()], names: ['a', 'b'] }, [
      { target: { fallback: 0 } },
      { target: { name: 'a' } },
      {},
      {},
    ]);
    expect(running.served).toMatchObject([
      failed('SD_ERR_AMBIGUOUS', '"a"', '127.0.0.1', '"b"'),
      { activated: true },
      // One has been taken, and one is left.
      { activated: true },
      failed('SD_ERR_FD_TAKEN'),
    ]);
  });

  it('the wrong kind, which stays available', async () => {
    using passed = new Passed();
    const fds = [passed.udp(), passed.unixDatagram(), passed.memfd(''), passed.tcp()];
    const names = ['udp', 'datagram', 'memory', 'web'];
    const target = { fallback: 0 };
    await using running = await serve({ fds, names }, [
      ...names.slice(0, 3).map((name) => ({ target: { ...target, name } })),
      ...names.slice(0, 1).map((name) => ({ target: { ...target, name } })),
      { how: 'framework', target: { name: 'memory' } },
    ]);
    expect(running.served).toMatchObject([
      failed('SD_ERR_FD_MISMATCH', 'descriptor 3 \\("udp"\\) is a udp socket at 127.0.0.1', 'listening', 'wanted'),
      failed('SD_ERR_FD_MISMATCH', 'descriptor 4 \\("datagram"\\) is a unix-datagram socket at'),
      failed('SD_ERR_FD_MISMATCH', 'descriptor 5 \\("memory"\\) is a memfd'),
      failed('SD_ERR_FD_MISMATCH'),
      failed('SD_ERR_FD_MISMATCH'),
    ]);
  });

  it('the only listening socket where that is of the wrong kind, in spite of a fallback', async () => {
    const task = JSON.stringify({ servers: [{ target: { fallback: 0 } }, {}] });
    // Node has no way to make such a socket.
    const script = `
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(b"\\0readyd-listen-%d" % os.getpid())
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="packets")
os.execv(sys.argv[1], sys.argv[1:])`;
    const fixture = fileURLToPath(new URL('fixtures/serve.js', import.meta.url));
    const python = spawn('python3', ['-c', script, process.execPath, fixture, task], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await using running = new Activated(python);
    for (let count = 0; count < 2; count += 1) {
      expect(await running.report()).toMatchObject(
        failed('SD_ERR_FD_MISMATCH', 'descriptor 3 \\("packets"\\) is a listening unix-seqpacket socket'),
      );
    }
  });

  it('without a socket and without a fallback, and lists the passed ones', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.udp()], names: ['dns'] }, [
      {},
      { target: { name: 'web' } },
      { how: 'framework', target: { name: 'web' } },
    ]);
    expect(running.served).toMatchObject([
      failed('SD_ERR_NO_SOCKET', 'no listening', '"dns"', 'udp'),
      failed('SD_ERR_NO_SOCKET', 'named "web"', '"dns"'),
      failed('SD_ERR_NO_SOCKET', 'named "web"'),
    ]);
    await using alone = await serve({ env: { LISTEN_FDS: undefined } }, [{}]);
    expect(alone.served).toMatchObject([failed('SD_ERR_NO_SOCKET', 'no descriptors were passed', 'fallback')]);
  });

  it('a server that listens already, and keeps the descriptor', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp(), passed.tcp()], names: ['a', 'b'] }, [
      { target: { name: 'a' } },
      { again: 0, target: { name: 'b' } },
      { target: { name: 'b' } },
    ]);
    expect(running.served).toMatchObject([
      { activated: true },
      failed('SD_ERR_STATE', 'listens already'),
      { activated: true },
    ]);
  });

  it('with the error of a server that does not start, and the next can have the descriptor', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.unix()] }, [{ fail: true }, { again: 0 }]);
    expect(running.served).toMatchObject([{ failed: { message: 'refused to start' } }, { activated: true }]);
    expect(await ask('net', addressOf(running.served[1]))).toBe('net 0');
  });
});

describe('listen without activation', () => {
  const env = { LISTEN_FDS: undefined };

  it('uses the fallback', async () => {
    const path = temporaryPath();
    await using running = await serve({ env }, [
      { target: { name: 'web', fallback: 0 } },
      { target: { fallback: path } },
      { target: { fallback: `@readyd-fallback-${process.pid}` } },
      { target: { fallback: { port: 0, host: '127.0.0.1' } } },
      { how: 'framework', target: { fallback: { port: 0, host: '127.0.0.1' }, backlog: 5 } },
      { target: { fallback: { port: 0, backlog: 6 } } },
      { target: { fallback: { port: 0, backlog: 6 }, backlog: 5 } },
    ]);
    expect(running.served).toMatchObject([
      { activated: false, address: { port: expect.any(Number) } },
      { activated: false, address: { path } },
      { activated: false, address: { path: `@readyd-fallback-${process.pid}` } },
      { activated: false, address: { address: '127.0.0.1', family: 'IPv4' } },
      { options: { port: 0, host: '127.0.0.1', backlog: 5 }, backlog: 5 },
      { activated: false, backlog: 6 },
      { activated: false, backlog: 5 },
    ]);
    for (const [index, served] of running.served.slice(0, 4).entries()) {
      expect(await ask('net', addressOf(served))).toBe(`net ${index}`);
    }
  });

  it('uses it where only others were passed', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.tcp()], names: ['admin'] }, [
      { target: { name: 'web', fallback: 0 } },
    ]);
    expect(running.served).toMatchObject([{ activated: false }]);
  });

  it('rejects with the error of the server', async () => {
    const fallback = temporaryPath();
    await using running = await serve({ env }, [{ target: { fallback } }, { target: { fallback } }]);
    expect(running.served).toMatchObject([{ activated: false }, failed('EADDRINUSE')]);
  });
});

describe('listenTarget', () => {
  it('is what a framework can listen on: backlog and address are right', async () => {
    using passed = new Passed();
    const path = temporaryPath();
    await using running = await serve({ fds: [passed.tcp(7), passed.unix(path, 9)], names: ['tcp', 'unix'] }, [
      { protocol: 'http', how: 'framework', target: { name: 'tcp' } },
      { protocol: 'http', how: 'framework', target: { name: 'unix' } },
      { how: 'framework', target: { name: 'unix' } },
      { how: 'framework' },
    ]);
    expect(running.served).toMatchObject([
      { options: { fd: 3, host: '127.0.0.1' }, told: { address: '127.0.0.1' } },
      { options: { fd: 4, host: '' }, told: path },
      failed('SD_ERR_FD_TAKEN', 'listenTarget'),
      failed('SD_ERR_FD_TAKEN'),
    ]);
    expect(running.backlogs).toEqual([7, 9]);
    expect(await ask('http', { path })).toBe('http 1');
    expect(await running.stop()).toMatchObject({ code: 0, told: [null, null, null, null] });
    expect(existsSync(path)).toBe(true);
  });

  it('takes another backlog when asked to', async () => {
    using passed = new Passed();
    await using running = await serve({ fds: [passed.unix()] }, [{ how: 'framework', target: { backlog: 21 } }]);
    expect(running.backlogs).toEqual([21]);
  });
});
