// Derives the kind of a descriptor from facts of the kernel. Pure, so that a table can test it.
import { constants } from 'node:fs';
import type { SocketFacts } from '../native.ts';

/** The kind of a passed descriptor. `other` is any kind without a name here, such as a raw socket or a directory. */
export type SocketKind =
  | 'tcp'
  | 'udp'
  | 'unix-stream'
  | 'unix-datagram'
  | 'unix-seqpacket'
  | 'vsock-stream'
  | 'netlink'
  | 'fifo'
  | 'file'
  | 'character-device'
  | 'message-queue'
  | 'memfd'
  | 'pidfd'
  | 'other';

/** An IP address, or a path; an abstract unix address is a path that starts with `@`. */
export type SocketAddress = { address: string; port: number; family: 'IPv4' | 'IPv6' } | { path: string };

export interface DescriptorFacts {
  /** `st_mode`. */
  readonly mode: number;
  /** The target of /proc/self/fd/N. */
  readonly link: string;
  /** The type of the file system that holds a regular file, from statfs(2). */
  readonly filesystem: number;
  readonly socket: SocketFacts | undefined;
}

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_VSOCK = 40;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
// SocketProtocol=mptcp: to a program it behaves like TCP.
const IPPROTO_MPTCP = 262;
const MQUEUE_MAGIC = 0x19800202;
export const PIDFS_MAGIC = 0x50494446;

const UNIX_KINDS: Readonly<Record<number, SocketKind>> = {
  [SOCK_STREAM]: 'unix-stream',
  [SOCK_DGRAM]: 'unix-datagram',
  [SOCK_SEQPACKET]: 'unix-seqpacket',
};

export function kindOf(facts: DescriptorFacts): SocketKind {
  if (facts.socket !== undefined) return socketKind(facts.socket);
  // Before the mode, because kernels with pidfs disagree on the mode of a pidfd.
  if (facts.link === 'anon_inode:[pidfd]' || facts.filesystem === PIDFS_MAGIC) return 'pidfd';
  switch (facts.mode & constants.S_IFMT) {
    case constants.S_IFIFO:
      return 'fifo';
    case constants.S_IFCHR:
      return 'character-device';
    case constants.S_IFREG:
      return fileKind(facts);
    default:
      return 'other';
  }
}

function socketKind({ domain, type, protocol }: SocketFacts): SocketKind {
  if (domain === AF_UNIX) return UNIX_KINDS[type] ?? 'other';
  if (domain === AF_NETLINK) return 'netlink';
  if (domain === AF_VSOCK) return type === SOCK_STREAM ? 'vsock-stream' : 'other';
  if (domain !== AF_INET && domain !== AF_INET6) return 'other';
  if (type === SOCK_STREAM && (protocol === IPPROTO_TCP || protocol === IPPROTO_MPTCP)) return 'tcp';
  return type === SOCK_DGRAM && protocol === IPPROTO_UDP ? 'udp' : 'other';
}

function fileKind({ filesystem, link }: DescriptorFacts): SocketKind {
  if (filesystem === MQUEUE_MAGIC) return 'message-queue';
  // A file opened by its path cannot look like this, except a deleted file in the root directory.
  return link.startsWith('/memfd:') && link.endsWith(' (deleted)') ? 'memfd' : 'file';
}

/** The address of a descriptor; undefined for a pipe, a memfd or an unnamed socket. */
export function addressOf(facts: DescriptorFacts): SocketAddress | undefined {
  if (facts.socket !== undefined) return socketAddress(facts.socket);
  const kind = kindOf(facts);
  return facts.link.startsWith('/') && kind !== 'memfd' && kind !== 'pidfd' ? { path: facts.link } : undefined;
}

function socketAddress({ domain, address, port }: SocketFacts): SocketAddress | undefined {
  if (domain === AF_INET || domain === AF_INET6) {
    return { address: address.toString(), port, family: domain === AF_INET ? 'IPv4' : 'IPv6' };
  }
  if (domain !== AF_UNIX || address.length === 0) return undefined;
  const path = address.toString();
  return { path: path.startsWith('\0') ? `@${path.slice(1)}` : path };
}

/** An address as text for messages. */
export function addressText(address: SocketAddress | undefined): string {
  if (address === undefined) return 'without an address';
  if ('path' in address) return address.path;
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
