// Parses `[NAME=]ADDRESS` for a .socket. systemd.socket(5)
import { isIPv4, isIPv6 } from 'node:net';
import { plainValue } from './quoting.ts';
import { unfit } from './usage.ts';

export interface ListenAddress {
  /** The name under which the program finds the socket; empty if not specified. */
  readonly name: string;
  readonly setting: 'ListenStream' | 'ListenDatagram';
  /** The value of the setting. */
  readonly value: string;
}

// With several names, the name also becomes part of a unit's name.
const NAME = /^([A-Za-z0-9_.-]+)=/;
const UNIX_NAME_MAX = 107;

/** @throws UsageError for an address that systemd would not bind. */
export function parseListen(text: string): ListenAddress {
  const name = NAME.exec(text)?.[1] ?? '';
  const rest = name === '' ? text : text.slice(name.length + 1);
  const udp = rest.startsWith('udp:');
  const address = udp ? rest.slice('udp:'.length) : rest;
  return { name, setting: udp ? 'ListenDatagram' : 'ListenStream', value: parseAddress(text, address) };
}

function parseAddress(text: string, address: string): string {
  if (address.startsWith('/') || address.startsWith('@')) return parseUnix(text, address);
  const [, host, port] = /^(?:(.*):)?(\d+|%i)$/.exec(address) ?? [];
  if (port === undefined) throw unfit('--listen', text, 'expected PORT, ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME');
  // In a template: the name of the instance.
  if (port === '%i') return host === undefined ? port : `${host}:${port}`;
  if (Number(port) < 1 || Number(port) > 65_535) throw unfit('--listen', text, 'a port is in 1…65535');
  if (host === undefined) return String(Number(port));
  if (isIPv4(host)) return `${host}:${Number(port)}`;
  const inner = /^\[(.*)\]$/.exec(host)?.[1] ?? '';
  // systemd does not accept a scope (%eth0) in brackets.
  if (isIPv6(inner) && !inner.includes('%')) return `[${inner}]:${Number(port)}`;
  throw unfit('--listen', text, 'systemd takes IP addresses, those of version 6 in brackets, and no host names');
}

function parseUnix(text: string, address: string): string {
  const size = Buffer.byteLength(address);
  if (size < 2) throw unfit('--listen', text, 'the path is empty');
  if (size > UNIX_NAME_MAX) throw unfit('--listen', text, `longer than the ${UNIX_NAME_MAX} bytes of a unix address`);
  return plainValue('--listen', address);
}
