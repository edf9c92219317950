// The socket units of a service, and the processes on ports that the service needs.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type DoctorRequest, propertiesOf, show } from './ask.ts';
import type { Properties, SocketUnitFacts } from './facts.ts';
import { messagesOf } from './messages.ts';
import { attempt } from './processes.ts';

const FAULT = /^Failed to (?:create|receive|open) listening socket \((.*)\): (.*)$/;

export function socketsOf(request: DoctorRequest, name: string, unit: Properties): SocketUnitFacts[] {
  const known = (unit.TriggeredBy ?? '').split(' ').filter((one) => one.endsWith('.socket'));
  const named = (unit.Sockets ?? '').split(' ').filter((one) => one !== '');
  const names = [...new Set([...known, ...named, name.replace(/\.service$/, '.socket')])];
  return (show(request, names) ?? []).flatMap((lines, index) => {
    const properties = propertiesOf(lines);
    const socket = names[index] ?? '';
    if (properties.LoadState !== 'loaded') return [];
    const listen = lines.map((line) => /^Listen=(.*) \((\w+)\)$/.exec(line)).filter((match) => match !== null);
    const active = properties.ActiveState === 'active';
    return [
      {
        name: socket,
        active,
        accepts: properties.Accept === 'yes',
        result: properties.Result ?? '',
        addresses: listen.map(([, address = '']) => address),
        fdName: properties.FileDescriptorName || socket,
        fault: properties.ActiveState === 'failed' ? faultOf(request, socket, properties) : undefined,
      },
    ];
  });
}

/** `127.0.0.1:8080: Address already in use` */
function faultOf(request: DoctorRequest, socket: string, properties: Properties): string | undefined {
  const texts = messagesOf(request, socket, undefined)
    // journald cannot attribute the entry if the process that binds the socket has exited.
    .filter(({ run }) => run === properties.InvocationID || run === '')
    .map(({ text }) => FAULT.exec(text.replace(`${socket}: `, '')))
    .filter((match) => match !== null);
  const match = texts.find(([, , fault]) => fault !== 'Input/output error') ?? texts[0];
  return match === undefined ? undefined : `${match[1]}: ${match[2]}`;
}

/** The process that listens on a TCP port, as `node (123)`; undefined if unknown. */
export function holderOf(port: number): string | undefined {
  const inodes = ['tcp', 'tcp6'].flatMap((table) => listening(table, port));
  for (const pid of inodes.length === 0 ? [] : (attempt(() => readdirSync('/proc')) ?? [])) {
    if (!/^\d+$/.test(pid)) continue;
    const links = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    const has = links.some((fd) => inodes.includes(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''));
    if (has) return `${attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? 'process'} (${pid})`;
  }
  return undefined;
}

const LISTENS = '0A';

function listening(table: string, port: number): string[] {
  const lines = (attempt(() => readFileSync(`/proc/net/${table}`, 'utf8')) ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTENS && Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [`socket:[${inode}]`] : [];
  });
}
