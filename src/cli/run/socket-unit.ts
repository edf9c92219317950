// Reads the supported settings of a .socket: systemd.socket(5)
import { parseEndpoint } from '../../manager/listener.ts';
import type { ManagerOptions } from '../../manager/options.ts';
import type { Assignment } from '../../unit-file/assignments.ts';
import { expandSpecifiers, type Specifiers } from '../../unit-file/specifiers.ts';
import { parseBoolean } from '../../unit-file/values.ts';
import { UsageError } from '../unit/usage.ts';
import type { UnitNotes } from './unit-notes.ts';

/** All its sockets share one name, and keep the order of the file. */
export interface SocketUnit {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly manager: Pick<ManagerOptions, 'socketMode' | 'directoryMode'>;
}

const PREFIXES: Readonly<Record<string, string>> = { ListenStream: '', ListenDatagram: 'udp:' };
const OTHER_SOCKETS = /^Listen(SequentialPacket|FIFO|Special|Netlink|MessageQueue|USBFunction)$/;
const ACCEPT = 'a process for each connection';

/** @throws UsageError for sockets that are not supported, and for a unit without sockets. */
export function readSocketUnit(
  assignments: readonly Assignment[],
  unit: string,
  specifiers: Specifiers,
  notes: UnitNotes,
): SocketUnit {
  let name = unit;
  let addresses: string[] = [];
  let manager: SocketUnit['manager'] = {};
  for (const assignment of assignments) {
    const { section, key, value } = assignment;
    if (section !== 'Socket') notes.elsewhere(assignment);
    else if (OTHER_SOCKETS.test(key)) throw new UsageError(`${unit}: ${key}= is not supported`);
    else if (Object.hasOwn(PREFIXES, key)) {
      const address = expand(value, specifiers, unit);
      if (value === '') addresses = [];
      else addresses.push(checkAddress(unit, `${PREFIXES[key]}${address}`));
    } else if (key === 'FileDescriptorName')
      name = value === '' ? unit : checkName(expand(value, specifiers, unit), unit);
    else if (key === 'Accept') {
      if (parseBoolean(value)) throw new UsageError(`${unit}: Accept=yes is not supported: it starts ${ACCEPT}`);
    } else if (key === 'SocketMode' || key === 'DirectoryMode') {
      const mode = /^[0-7]{1,4}$/.test(value) ? Number.parseInt(value, 8) : undefined;
      if (mode === undefined) notes.invalid(assignment);
      else manager = { ...manager, [key === 'SocketMode' ? 'socketMode' : 'directoryMode']: mode };
    } else if (key !== 'Service') notes.notApplied(assignment);
  }
  if (addresses.length === 0) throw new UsageError(`${unit} has no ListenStream= and no ListenDatagram=`);
  return { name, addresses, manager };
}

function expand(value: string, specifiers: Specifiers, unit: string): string {
  try {
    return expandSpecifiers(value, specifiers);
  } catch (error) {
    throw new UsageError(`${unit}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkAddress(unit: string, address: string): string {
  try {
    parseEndpoint(address);
    return address;
  } catch (error) {
    throw new UsageError(`${unit}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkName(name: string, unit: string): string {
  if (/^[\x20-\x39\x3b-\x5b\x5d-\x7e]{1,255}$/.test(name)) return name;
  throw new UsageError(`${unit}: FileDescriptorName=${name} is not a name for a socket`);
}
