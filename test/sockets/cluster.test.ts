import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { socketFacts } from '../../src/sockets/inspect.ts';
import type { SocketAddress } from '../../src/sockets/kind.ts';
import { LONG, testWith } from '../left-out.ts';
import { allRuntimes, describeOnRuntimes } from '../runtimes.ts';
import { packageRoot } from '../systemd/boot.ts';
import { type Activated, activate, Passed, temporaryPath } from './activate.ts';
import { ask } from './client.ts';

interface Served {
  pid: number;
  served: {
    activated?: boolean;
    address?: SocketAddress;
    addresses?: SocketAddress[];
    told?: unknown;
    failed?: unknown;
  }[];
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

/** The pids of all processes that answer so many requests. */
async function whoAnswers(address: SocketAddress, requests = 40): Promise<Set<string>> {
  const pids = new Set<string>();
  for (let request = 0; request < requests; request++) pids.add(await ask('http', address));
  return pids;
}

const failed = (code: string, ...words: string[]) => ({
  failed: expect.objectContaining({ code, message: expect.stringMatching(words.join('.*')) }),
});

const claims = [
  { claim: true, who: 'the primary claims' },
  { claim: false, who: 'the primary calls nothing' },
];

describe.each([['rr'], ['none']])('a cluster, scheduled by %s', (policy) => {
  if (policy === 'none' && LONG !== undefined) {
    testWith(LONG, 'works as the other', () => undefined);
    return;
  }

  it.each(claims)('outlives all its workers, with TCP, unix sockets and their backlogs: $who', async ({ claim }) => {
    using passed = new Passed();
    const path = temporaryPath();
    const fds = [passed.tcp(7), passed.unix(path, 9), passed.tcp()];
    const task = { claim, policy, workers: 2, fds: [3, 4], targets: [{ name: 'tcp' }, { name: 'unix' }] };
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

  it('serves also where the primary does not have the package', async () => {
    using passed = new Passed();
    const task = { policy, workers: 2, targets: [{ name: 'tcp' }, { name: 'other' }] };
    await using running = activate('cluster-foreign', { fds: [passed.tcp(7)], names: ['tcp'], task });
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

  it('one server serves a dozen sockets of one name, whatever asks for them at once', async () => {
    using passed = new Passed();
    const fds = Array.from({ length: 12 }, () => passed.tcp());
    const together = fds.map(() => ({ name: 'web' }));
    const task = { claim: true, policy, workers: 1, targets: [{ name: 'web' }], together };
    await using running = activate('cluster', { fds, names: fds.map(() => 'web'), task });
    const [worker] = await reports(running, 1);
    const served = worker?.served ?? [];
    const ports = served.flatMap(({ addresses = [] }) => addresses.map((one) => 'port' in one && one.port));
    expect([ports.length, new Set(ports).size]).toEqual([12, 12]);
    // One server serves all sockets, and no socket is left for any other server.
    expect(served.filter(({ addresses }) => addresses === undefined)).toHaveLength(12);
    expect(served.at(-1)).toMatchObject(failed('SD_ERR_FD_TAKEN', '"web"'));
    for (const address of served.flatMap(({ addresses = [] }) => addresses)) await ask('http', address);
    expect(worker?.warnings).toEqual([]);
  });

  it.each(claims)('receives datagrams: $who', async ({ claim }) => {
    using passed = new Passed();
    const task = { claim, policy, workers: 2, targets: [], datagrams: [{ name: 'udp' }] };
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

  it('is closed without another worker, and the next one is served by its successor', async () => {
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
  it.each(claims)('gets the errors of the primary: $who', async ({ claim }) => {
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
    const task = { claim, workers: 1, targets, options: { name: 'b' } };
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

  it('gets errors too where the primary does not have the package', async () => {
    using passed = new Passed();
    const targets = [{}, { name: 'a' }, { name: 'a' }, { name: 'none', fallback: 0 }, {}];
    const task = { workers: 1, targets };
    await using running = activate('cluster-foreign', { fds: [passed.tcp(), passed.tcp()], names: ['a', 'b'], task });
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

// The plain cluster gets four descriptors, and can serve two of them.
async function plain(fixture: string | URL, policy: string, command = [process.execPath]): Promise<void> {
  using passed = new Passed();
  const path = temporaryPath();
  const fds = [passed.tcp(37), passed.unix(path, 38), passed.udp(), passed.file(openSync('/dev/null', 'r'))];
  const names = ['tcp', 'unix', 'udp', 'file'];
  await using running = activate(fixture, { fds, names, task: { names, policy }, command });
  const { pid, served } = (await running.report()) as Served;
  expect(served).toMatchObject([
    { activated: true, address: { address: '127.0.0.1' } },
    // Bun's server reports another address.
    { activated: true, address: { path }, told: command[0]?.endsWith('bun') ? expect.anything() : path },
    failed('SD_ERR_FD_MISMATCH', 'udp', 'is wanted'),
    failed('SD_ERR_FD_MISMATCH', '/dev/null', 'is wanted'),
  ]);
  expect(await ask('net', { path })).toBe(String(pid));
  const backlogs = fds.slice(0, 2).map((fd) => socketFacts(fd, fstatSync(fd).ino)?.backlog);
  expect(backlogs).toEqual([37, 38]);
}

describeOnRuntimes('a primary that calls nothing', (node) => {
  it.each(['rr', 'none'])('answers its worker, scheduled by %s', (policy) => plain('cluster-plain', policy, [node]));
});

describe.each(allRuntimes().filter(({ name }) => /^(Bun|Deno)$/.test(name)))(
  'a primary that calls nothing in $name',
  ({ missing, command }) => {
    testWith(missing, 'answers its worker', () => plain('cluster-plain', 'rr', [...command]));
  },
);

describe('a primary that calls nothing', () => {
  it('answers also from within a bundle, which leaves out what is not used', async () => {
    const input = fileURLToPath(new URL('fixtures/cluster-plain.js', import.meta.url));
    // One level below the package, as dist is, from where the addon is found.
    const file = join(packageRoot(), 'build/cluster-plain-bundled.js');
    const bundle = await rolldown({ input, platform: 'node' });
    await bundle.write({ file, format: 'esm', codeSplitting: false, minify: true });
    await bundle.close();
    expect(readFileSync(file, 'utf8').includes('SYSLOG_IDENTIFIER')).toBe(false);
    await plain(pathToFileURL(file), 'rr');
  });

  it('claims nothing while no worker asks', async () => {
    using passed = new Passed();
    await using running = activate('cluster-idle', { fds: [passed.tcp()], names: ['tcp'] });
    const { before, after, untouched } = (await running.report()) as Record<string, unknown>;
    expect(before).toMatchObject({ LISTEN_FDS: '1', LISTEN_FDNAMES: 'tcp' });
    expect({ after, untouched }).toEqual({ after: before, untouched: true });
    expect(await running.report()).toBe(1);
  });

  it('gets the error of its worker', async () => {
    using passed = new Passed();
    const options = { fds: [passed.tcp()], names: ['tcp'], env: { LISTEN_FDS: '0' } };
    await using running = activate('cluster-plain', { ...options, task: { names: ['tcp', 'tcp'] } });
    const { served } = (await running.report()) as Served;
    const wrong = failed('SD_ERR_INVALID_ENV', 'LISTEN_FDS', '"0"');
    expect(served).toMatchObject([wrong, wrong]);
  });
});

describe('the primary of a cluster', () => {
  it.each([0, 1])('has two copies of the package, and answers by the one that has claimed: %i', async (copy) => {
    using passed = new Passed();
    const task = { claims: copy };
    await using running = activate('cluster-copies', { fds: [passed.tcp()], names: ['tcp'], task });
    expect(await running.report()).toMatchObject({ activated: true });
  });

  it.each([
    [false, 'SD_ERR_STATE'],
    [true, 'SD_ERR_NO_SOCKET'],
  ])('is a worker thread, and says that it has nothing; claimed: %s', async (claim, code) => {
    using passed = new Passed();
    await using running = activate('cluster-thread', { fds: [passed.tcp()], names: ['tcp'], task: { claim } });
    expect(await running.report()).toMatchObject(failed(code));
  });
});

// Node itself keeps our messages apart from the program's, so the test runs on every Node.
describeOnRuntimes('the messages of the program', (node) => {
  it.each(['json', 'advanced'])('are all that it hears, with their handles: %s', async (serialization) => {
    using passed = new Passed();
    const task = { claim: true, serialization };
    await using running = activate('cluster-messages', { fds: [passed.tcp()], names: ['tcp'], task, command: [node] });
    const { heard, sent } = (await running.report()) as { heard: { message: unknown; port?: number }[]; sent: number };
    expect(heard).toEqual([
      { message: 'a server of the worker', port: expect.any(Number) },
      { message: { heard: [{ message: 'a server of the primary', port: sent }], sent: heard[0]?.port } },
    ]);
  });
});
