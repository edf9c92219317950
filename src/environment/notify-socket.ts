// $NOTIFY_SOCKET: the address of the service manager, in the forms of sd_notify(3).
import { invalidEnvironment } from '../errors.ts';
import { parseInteger } from './integer.ts';

export type NotifyAddress =
  /** `name` is a path, or an abstract name that starts with a NUL character. */
  | { readonly family: 'unix'; readonly name: string; readonly text: string }
  /** `type` is 0 if the kernel may choose between datagram, seqpacket and stream. */
  | {
      readonly family: 'vsock';
      readonly type: number;
      readonly cid: number;
      readonly port: number;
      readonly text: string;
    };

/** The size of `sun_path` without the NUL. */
const UNIX_NAME_MAX = 107;
/** Also VMADDR_CID_ANY and VMADDR_PORT_ANY, which are not valid receivers. */
const UINT32_MAX = 0xffff_ffffn;

/** SOCK_DGRAM, SOCK_STREAM and SOCK_SEQPACKET: the same numbers on x64 and arm64. */
const VSOCK_TYPES = { 'vsock:': 0, 'vsock-dgram:': 2, 'vsock-seqpacket:': 5, 'vsock-stream:': 1 } as const;
const CID_NAMES: Readonly<Record<string, bigint>> = { hypervisor: 0n, local: 1n, host: 2n };

/** @throws SystemdError `SD_ERR_INVALID_ENV` for an invalid address. */
export function parseNotifySocket(text: string): NotifyAddress {
  // A real environment cannot contain one, but process.env of a worker thread is a copy that accepts any text.
  if (text.includes('\0')) throw invalid(text, 'it holds a NUL character');
  if (text.startsWith('/') || text.startsWith('@')) return parseUnix(text);
  for (const [prefix, type] of Object.entries(VSOCK_TYPES)) {
    if (text.startsWith(prefix)) return parseVsock(text, text.slice(prefix.length), type);
  }
  throw invalid(text, 'expected /PATH, @ABSTRACT or vsock:CID:PORT');
}

function parseUnix(text: string): NotifyAddress {
  const size = Buffer.byteLength(text);
  if (size < 2) throw invalid(text, 'the name is empty');
  if (size > UNIX_NAME_MAX) throw invalid(text, `longer than the ${UNIX_NAME_MAX} bytes of a unix address`);
  return { family: 'unix', name: text.startsWith('@') ? `\0${text.slice(1)}` : text, text };
}

function parseVsock(text: string, rest: string, type: number): NotifyAddress {
  const [cidText, portText, ...more] = rest.split(':');
  if (cidText === undefined || portText === undefined || more.length > 0) throw invalid(text, 'expected CID:PORT');
  const cid = CID_NAMES[cidText] ?? parseInteger(cidText, 0n, UINT32_MAX - 1n);
  if (typeof cid !== 'bigint') throw invalid(text, `the context id ${JSON.stringify(cidText)} names no receiver`);
  const port = parseInteger(portText, 0n, UINT32_MAX - 1n);
  if (typeof port !== 'bigint') throw invalid(text, `the port ${JSON.stringify(portText)} is ${port}`);
  return { family: 'vsock', type, cid: Number(cid), port: Number(port), text };
}

function invalid(text: string, why: string): Error {
  return invalidEnvironment('NOTIFY_SOCKET', text, why);
}
