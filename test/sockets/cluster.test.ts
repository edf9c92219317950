import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { SocketAddress } from '../../src/sockets/kind.ts';
import { describeOnRuntimes } from '../runtimes.ts';
import { type Activated, activate, Passed, temporaryPath } from './activate.ts';
import { ask } from './client.ts';

interface Served {
  pid: number;
  served: { activated?: boolean; address?: SocketAddress; told?: unknown; failed?: unknown }[];
  own: number;
  warnings: string[];
}

async function reports(running: Activated, count: number): Promise<Served[]> {
  const all: Served[] = [];
  while (all.length < count) all.push((await running.report()) as Served);
  return all;
}

async function command(running: Activated, text: string): Promise<unknown> {
  running.child.stdin?.write(`${text}\n`);
  return await running.report();
}

/** Everybody who answers, out of so many requests. */
async function whoAnswers(address: SocketAddress, requests = 40): Promise<Set<string>> {
  const pids = new Set<string>();
  for (let request = 0; request < requests; request++) pids.add(await ask('http', address));
  return pids;
}

const failed = (code: string, ...words: string[]) => ({
  failed: expect.objectContaining({ code, message: expect.stringMatching(words.join('.*')) }),
});

describe.each([['rr'], ['none']])('a cluster, scheduled by %s', (policy) => {
  it('serves TCP and unix sockets by name, keeps their backlogs, and outlives all its workers', async () => {
    using passed = new Passed();
    const path = temporaryPath();
    const fds = [passed.tcp(7), passed.unix(path, 9), passed.tcp()];
    const task = { claim: true, policy, workers: 2, fds: [3, 4], targets: [{ name: 'tcp' }, { name: 'unix' }] };
    await using running = activate('cluster', { fds, names: ['tcp', 'unix', 'spare'], task });
    const first = await reports(running, 2);
    for (const { served, own } of first) {
      expect(served).toMatchObject([
        { activated: true, address: { address: '127.0.0.1' }, told: { address: '127.0.0.1' } },
        { activated: true, address: { path }, told: path },
      ]);
      expect(own).toBe(0);
    }
    const tcp = first[0]?.served[0]?.address as SocketAddress; // seen above
    const pids = new Set(first.map(({ pid }) => String(pid)));
    for (const address of [tcp, { path }]) {
      const answering = await whoAnswers(address);
      if (policy === 'rr') expect(answering).toEqual(pids);
      else expect([...pids]).toEqual(expect.arrayContaining([...answering]));
    }
    expect(await command(running, 'backlogs')).toEqual([7, 9]);
    expect(await command(running, 'unused')).toBe(1);

    running.child.stdin?.write('kill\n');
    const second = await reports(running, 2);
    expect(second.map(({ served }) => served.map(({ activated }) => activated))).toEqual([
      [true, true],
      [true, true],
    ]);
    const successors = new Set(second.map(({ pid }) => String(pid)));
    for (const address of [tcp, { path }]) {
      expect([...successors]).toEqual(expect.arrayContaining([...(await whoAnswers(address))]));
    }
    expect(await command(running, 'backlogs')).toEqual([7, 9]);
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  it('serves also where the primary leaves it to the workers', async () => {
    using passed = new Passed();
    const task = { claim: false, policy, workers: 2, targets: [{ name: 'tcp' }, { name: 'other' }] };
    await using running = activate('cluster', { fds: [passed.tcp(7)], names: ['tcp'], task });
    const all = await reports(running, 2);
    for (const { served } of all) {
      expect(served).toMatchObject([
        { activated: true, address: { address: '127.0.0.1' } },
        failed('SD_ERR_NO_SOCKET', '"other"', '"tcp"'),
      ]);
    }
    const tcp = all[0]?.served[0]?.address as SocketAddress; // seen above
    expect((await whoAnswers(tcp)).size).toBeGreaterThan(0);
  });

  it('serves a dozen sockets of one name that a worker asks for at once, each once', async () => {
    using passed = new Passed();
    const fds = Array.from({ length: 12 }, () => passed.tcp());
    const together = fds.map(() => ({ name: 'web' }));
    const task = { claim: true, policy, workers: 1, targets: [{ name: 'web' }], together };
    await using running = activate('cluster', { fds, names: fds.map(() => 'web'), task });
    const [worker] = await reports(running, 1);
    const served = worker?.served ?? [];
    expect(served.at(-1)).toMatchObject(failed('SD_ERR_FD_TAKEN', '"web"'));
    const ports = served.map(({ address }) => (address && 'port' in address ? address.port : undefined));
    expect(new Set(ports.slice(0, -1)).size).toBe(12);
    expect(worker?.warnings).toEqual([]);
  });

  it('receives datagrams', async () => {
    using passed = new Passed();
    const task = { claim: true, policy, workers: 2, targets: [], datagrams: [{ name: 'udp' }] };
    await using running = activate('cluster', { fds: [passed.udp()], names: ['udp'], task });
    const [first] = await reports(running, 2);
    const address = first?.served[0]?.address as { port: number } | undefined;
    const client = createSocket('udp4');
    client.send('who?', address?.port, '127.0.0.1');
    expect(String((await once(client, 'message'))[0])).toBe('here');
    client.close();
  });
});

describe('a connection that round-robin scheduling hands to a worker which does not take it', () => {
  const start = (passed: Passed, workers: number) => {
    const task = { claim: true, policy: 'rr', workers, targets: [{ name: 'tcp' }] };
    return activate('cluster', { fds: [passed.tcp()], names: ['tcp'], task });
  };

  it('goes to another where that worker is killed', async () => {
    using passed = new Passed();
    await using running = start(passed, 2);
    const [first] = await reports(running, 2);
    const tcp = first?.served[0]?.address as SocketAddress; // seen above
    await command(running, 'SIGSTOP 1');
    await command(running, 'SIGSTOP 2');
    const answers = [ask('http', tcp), ask('http', tcp)];
    expect(await command(running, 'handed 2')).toBe(2);
    await command(running, 'SIGKILL 1');
    await command(running, 'SIGCONT 2');
    const [one, other] = await Promise.all(answers);
    expect(one).toMatch(/^\d+$/);
    expect(other).toBe(one);
    await reports(running, 1); // the successor
  });

  it('is closed where there is no other, and the next one is served by its successor', async () => {
    using passed = new Passed();
    await using running = start(passed, 1);
    const [first] = await reports(running, 1);
    const tcp = first?.served[0]?.address as SocketAddress; // seen above
    await command(running, 'SIGSTOP 1');
    const answer = ask('http', tcp).catch((error: NodeJS.ErrnoException) => error.code);
    expect(await command(running, 'handed 1')).toBe(1);
    await command(running, 'SIGKILL 1');
    expect(await answer).toBe('ECONNRESET');
    const [second] = await reports(running, 1);
    expect(await ask('http', tcp)).toBe(String(second?.pid));
  });
});

describe('a worker of a cluster', () => {
  it('gets the errors of the primary', async () => {
    using passed = new Passed();
    const fds = [passed.tcp(), passed.tcp(), passed.udp()];
    const targets = [
      {},
      { name: 'udp' },
      { name: 'none' },
      { name: 'none', fallback: 0 },
      { name: 'a' },
      { name: 'a' },
    ];
    const task = { claim: true, workers: 1, targets, options: { name: 'b' } };
    await using running = activate('cluster', { fds, names: ['a', 'b', 'udp'], task });
    const [worker] = await reports(running, 1);
    expect(worker?.served).toMatchObject([
      failed('SD_ERR_AMBIGUOUS', '"a"', '"b"'),
      failed('SD_ERR_FD_MISMATCH', '"udp"'),
      failed('SD_ERR_NO_SOCKET', '"none"', '"a"'),
      { activated: false },
      { activated: true },
      failed('SD_ERR_FD_TAKEN', '"a"'),
      failed('SD_ERR_STATE', 'listen\\(\\)'),
    ]);
  });

  it('gets errors too where the primary leaves it to the workers', async () => {
    using passed = new Passed();
    const targets = [{}, { name: 'a' }, { name: 'a' }, { name: 'none', fallback: 0 }, {}];
    const task = { claim: false, workers: 1, targets };
    await using running = activate('cluster', { fds: [passed.tcp(), passed.tcp()], names: ['a', 'b'], task });
    const [worker] = await reports(running, 1);
    expect(worker?.served).toMatchObject([
      failed('SD_ERR_AMBIGUOUS', '"a"', '"b"'),
      { activated: true },
      failed('SD_ERR_FD_TAKEN'),
      { activated: false },
      { activated: true },
    ]);
  });

  it('uses the fallback where the primary was passed nothing', async () => {
    const task = { claim: true, workers: 2, targets: [{ fallback: { port: 0, host: '127.0.0.1' } }] };
    await using running = activate('cluster', { env: { LISTEN_FDS: undefined }, task });
    for (const { served } of await reports(running, 2)) expect(served).toMatchObject([{ activated: false }]);
  });
});

// What keeps ours apart from them is Node's own, so it is looked at in every Node.
describeOnRuntimes('the messages of the program', (node) => {
  it.each(['json', 'advanced'])('are all that it hears, with their handles: %s', async (serialization) => {
    using passed = new Passed();
    const task = { claim: true, serialization };
    await using running = activate('cluster-messages', { fds: [passed.tcp()], names: ['tcp'], task, node });
    const { heard, sent } = (await running.report()) as { heard: { message: unknown; port?: number }[]; sent: number };
    expect(heard).toEqual([
      { message: 'a server of the worker', port: expect.any(Number) },
      { message: { heard: [{ message: 'a server of the primary', port: sent }], sent: heard[0]?.port } },
    ]);
  });
});
