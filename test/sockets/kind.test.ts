import { execFileSync } from 'node:child_process';
import { constants, openSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SocketFacts } from '../../src/native.ts';
import { identify, inspect } from '../../src/sockets/inspect.ts';
import { addressOf, addressText, type DescriptorFacts, kindOf } from '../../src/sockets/kind.ts';
import { Passed, temporaryPath } from './activate.ts';

const { S_IFREG, S_IFCHR, S_IFIFO, S_IFDIR, S_IFBLK, S_IFSOCK } = constants;

const socket = (facts: Partial<Omit<SocketFacts, 'address'>> & { address?: string }): DescriptorFacts => ({
  mode: S_IFSOCK | 0o777,
  link: '',
  filesystem: 0,
  socket: {
    domain: 0,
    type: 0,
    protocol: 0,
    listening: false,
    backlog: -1,
    port: 0,
    cid: 0,
    ...facts,
    address: Buffer.from(facts.address ?? ''),
  },
});
const file = (mode: number, link: string, filesystem = 0): DescriptorFacts => ({
  mode,
  link,
  filesystem,
  socket: undefined,
});

describe('kind and address', () => {
  it.each<[string, DescriptorFacts, unknown]>([
    [
      'tcp',
      socket({ domain: 2, type: 1, protocol: 6, address: '10.0.0.1', port: 80 }),
      { address: '10.0.0.1', port: 80, family: 'IPv4' },
    ],
    [
      'tcp',
      socket({ domain: 10, type: 1, protocol: 6, address: '::', port: 80 }),
      { address: '::', port: 80, family: 'IPv6' },
    ],
    [
      'tcp',
      socket({ domain: 2, type: 1, protocol: 262, address: '0.0.0.0' }),
      { address: '0.0.0.0', port: 0, family: 'IPv4' },
    ],
    [
      'udp',
      socket({ domain: 10, type: 2, protocol: 17, address: '::1', port: 53 }),
      { address: '::1', port: 53, family: 'IPv6' },
    ],
    ['unix-stream', socket({ domain: 1, type: 1, address: '/run/a' }), { path: '/run/a' }],
    ['unix-stream', socket({ domain: 1, type: 1, address: '/run/ä' }), { path: '/run/ä' }],
    ['unix-datagram', socket({ domain: 1, type: 2, address: '\0name' }), { path: '@name' }],
    ['unix-seqpacket', socket({ domain: 1, type: 5, address: '\0a\0b' }), { path: '@a\0b' }],
    ['unix-stream', socket({ domain: 1, type: 1 }), undefined],
    ['vsock-stream', socket({ domain: 40, type: 1, cid: 3, port: 1024 }), undefined],
    ['netlink', socket({ domain: 16, type: 3 }), undefined],
    ['netlink', socket({ domain: 16, type: 2 }), undefined],
    ['fifo', file(S_IFIFO | 0o600, '/run/fifo'), { path: '/run/fifo' }],
    ['fifo', file(S_IFIFO | 0o600, 'pipe:[1234]'), undefined],
    ['file', file(S_IFREG | 0o644, '/etc/hostname'), { path: '/etc/hostname' }],
    ['file', file(S_IFREG | 0o644, '/memfd:x'), { path: '/memfd:x' }],
    ['character-device', file(S_IFCHR | 0o666, '/dev/null'), { path: '/dev/null' }],
    ['message-queue', file(S_IFREG | 0o600, '/queue', 0x19800202), { path: '/queue' }],
    ['memfd', file(S_IFREG | 0o777, '/memfd:state (deleted)'), undefined],
    ['pidfd', file(0o600, 'anon_inode:[pidfd]'), undefined],
    ['pidfd', file(S_IFREG | 0o700, 'pidfd:[18158]', 0x50494446), undefined],
    ['other', file(0o600, 'anon_inode:[eventfd]'), undefined],
    ['other', file(S_IFDIR | 0o755, '/etc'), { path: '/etc' }],
    ['other', file(S_IFBLK | 0o600, '/dev/vda'), { path: '/dev/vda' }],
    [
      'other',
      socket({ domain: 2, type: 3, protocol: 1, address: '0.0.0.0' }),
      { address: '0.0.0.0', port: 0, family: 'IPv4' },
    ],
    [
      'other',
      socket({ domain: 2, type: 1, protocol: 132, address: '0.0.0.0' }),
      { address: '0.0.0.0', port: 0, family: 'IPv4' },
    ],
    ['other', socket({ domain: 40, type: 2 }), undefined],
    ['other', socket({ domain: 17, type: 3 }), undefined],
  ])('%s, from %j', (kind, facts, address) => {
    expect(kindOf(facts)).toBe(kind);
    expect(addressOf(facts)).toEqual(address);
  });

  it.each([
    [{ address: '10.0.0.1', port: 80, family: 'IPv4' } as const, '10.0.0.1:80'],
    [{ address: '::1', port: 80, family: 'IPv6' } as const, '[::1]:80'],
    [{ path: '@name' }, '@name'],
    [undefined, 'without an address'],
  ])('%j reads %s', (address, text) => expect(addressText(address)).toBe(text));
});

const look = (fd: number) =>
  inspect(
    fd,
    identify(fd, () => 'test'),
  );

describe('of descriptors of this kernel', () => {
  const fifoPath = temporaryPath();
  const filePath = temporaryPath();
  const unixPath = temporaryPath();
  execFileSync('mkfifo', [fifoPath]);
  writeFileSync(filePath, '');

  it.each<[string, (passed: Passed) => number, unknown]>([
    ['tcp', (passed) => passed.tcp(), expect.objectContaining({ address: '127.0.0.1', family: 'IPv4' })],
    ['udp', (passed) => passed.udp('::1'), expect.objectContaining({ address: '::1', family: 'IPv6' })],
    ['unix-stream', (passed) => passed.unix(unixPath), { path: unixPath }],
    ['unix-stream', (passed) => passed.unix(`\0readyd-${process.pid}`), { path: `@readyd-${process.pid}` }],
    [
      'unix-datagram',
      (passed) => passed.unixDatagram(`\0readyd-d-${process.pid}`),
      { path: `@readyd-d-${process.pid}` },
    ],
    ['memfd', (passed) => passed.memfd('content'), undefined],
    ['pidfd', (passed) => passed.pidfd(), undefined],
    ['fifo', (passed) => passed.pipe()[0], undefined],
    ['fifo', (passed) => passed.file(openSync(fifoPath, 'r+')), { path: fifoPath }],
    ['file', (passed) => passed.file(openSync(filePath, 'r')), { path: filePath }],
    ['character-device', (passed) => passed.file(openSync('/dev/null', 'r')), { path: '/dev/null' }],
  ])('%s %#', (kind, open, address) => {
    using passed = new Passed();
    const facts = look(open(passed));
    expect(kindOf(facts)).toBe(kind);
    expect(addressOf(facts)).toEqual(address);
  });

  it('tells the backlog of a listening socket', () => {
    using passed = new Passed();
    for (const fd of [passed.tcp(7), passed.tcp(7, '::1'), passed.unix(temporaryPath(), 7)]) {
      expect(look(fd).socket).toMatchObject({ listening: true, backlog: 7 });
    }
    expect(look(passed.udp()).socket).toMatchObject({ listening: false });
  });
});
