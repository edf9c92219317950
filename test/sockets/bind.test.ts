import { type BindOptions, createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type BindTarget, bind } from '../../src/sockets/bind.ts';
import { activate, Passed } from './activate.ts';

interface Bound {
  activated?: boolean;
  bound?: object;
  address?: AddressInfo;
  failed?: unknown;
}

async function bound(activation: Parameters<typeof activate>[1], sockets: readonly object[]) {
  const activated = activate('datagrams', { ...activation, task: { sockets } });
  const reports: Bound[] = [];
  for (const _ of sockets) reports.push((await activated.report()) as Bound);
  return {
    reports,
    async [Symbol.asyncDispose]() {
      await activated[Symbol.asyncDispose]();
    },
  };
}

async function echo(type: 'udp4' | 'udp6', address: AddressInfo | undefined): Promise<string> {
  const client = createSocket(type);
  try {
    client.send('hello', address?.port, address?.address);
    const [message] = (await once(client, 'message')) as [Buffer];
    return message.toString();
  } finally {
    client.close();
  }
}

const failed = (code: string, ...words: string[]) => ({
  failed: expect.objectContaining({ code, message: expect.stringMatching(words.join('.*')) }),
});

describe('bind', () => {
  it('receives on UDP sockets that were passed, by name and family', async () => {
    using passed = new Passed();
    const fds = [passed.udp(), passed.udp('::1'), passed.tcp()];
    await using running = await bound({ fds, names: ['dns', 'dns', 'web'] }, [
      { type: 'udp6', target: { name: 'dns' } },
      {},
      { target: { name: 'dns' } },
    ]);
    const [six, four] = running.reports;
    expect(running.reports).toMatchObject([
      { address: { address: '::1' } },
      { address: { address: '127.0.0.1' } },
      failed('SD_ERR_FD_TAKEN', 'descriptor 3'),
    ]);
    expect(await echo('udp6', six?.address)).toBe('udp6 hello');
    expect(await echo('udp4', four?.address)).toBe('udp4 hello');
  });

  it('refuses what it cannot use, and leaves it', async () => {
    using passed = new Passed();
    const fallback = { port: 0 };
    await using running = await bound({ fds: [passed.udp('::1'), passed.tcp()], names: ['dns', 'web'] }, [
      { target: { name: 'dns', fallback } },
      { target: { fallback } },
      { target: { name: 'web', fallback } },
      { type: 'udp6', target: { name: 'dns' } },
      { again: 3, target: { name: 'other', fallback } },
      { target: { name: 'other' } },
    ]);
    expect(running.reports).toMatchObject([
      failed('SD_ERR_FD_MISMATCH', 'udp socket at \\[::1\\]', 'udp4'),
      failed('SD_ERR_FD_MISMATCH', 'udp socket at \\[::1\\]', 'udp4'),
      failed('SD_ERR_FD_MISMATCH', '"web"', 'tcp'),
      { address: { address: '::1' } },
      failed('SD_ERR_STATE'),
      failed('SD_ERR_NO_SOCKET', '"other"'),
    ]);
  });

  it('does not guess among several', async () => {
    using passed = new Passed();
    await using running = await bound({ fds: [passed.udp(), passed.udp()], names: ['a', 'b'] }, [{}]);
    expect(running.reports).toMatchObject([failed('SD_ERR_AMBIGUOUS', '"a"', '"b"')]);
  });

  it('tells whether the socket was passed, and its address', async () => {
    using passed = new Passed();
    const fallback = { port: 0, address: '127.0.0.1' };
    await using running = await bound({ fds: [passed.udp()], names: ['dns'] }, [
      { target: { name: 'dns', fallback } },
      { target: { name: 'other', fallback } },
    ]);
    const [first, second] = running.reports;
    expect([first?.activated, second?.activated]).toEqual([true, false]);
    for (const { bound: told, address } of running.reports) {
      expect(told).toEqual({ address: '127.0.0.1', family: 'IPv4', port: address?.port });
    }
  });

  it('uses a socket without a chosen name for any name, and says that it was passed', async () => {
    using passed = new Passed();
    await using running = await bound({ fds: [passed.udp()], names: ['unknown'] }, [
      { target: { name: 'dns', fallback: { port: 0 } } },
    ]);
    expect(running.reports).toMatchObject([{ activated: true, bound: { address: '127.0.0.1' } }]);
  });

  it('uses the fallback without activation', async () => {
    const env = { LISTEN_FDS: undefined };
    await using running = await bound({ env }, [{ target: { fallback: { port: 0, address: '127.0.0.1' } } }, {}]);
    expect(running.reports).toMatchObject([{ address: { address: '127.0.0.1' } }, failed('SD_ERR_NO_SOCKET')]);
    expect(await echo('udp4', running.reports[0]?.address)).toBe('udp4 hello');
  });

  it.each<[unknown, string]>([
    [{ fallback: 53 }, 'target.fallback'],
    [{ fallback: { port: 65_536 } }, 'target.fallback.port'],
    [{ fallback: { port: '53' } }, 'target.fallback.port'],
    [{ backlog: 1 }, '"backlog"'],
    [{ name: 1 }, 'target.name'],
  ])('takes no %j', async (target, message) => {
    const socket = createSocket('udp4');
    await expect(bind(socket, target as BindTarget)).rejects.toMatchObject({
      code: 'SD_ERR_INVALID_ARG',
      message: expect.stringContaining(message),
    });
    socket.close();
  });

  it('takes nothing but a dgram socket', async () => {
    const target: { fallback: BindOptions } = { fallback: { port: 0 } };
    for (const socket of [undefined, {}, { bind() {} }]) {
      await expect(bind(socket as never, target)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
    }
  });
});
