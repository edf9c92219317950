// Parses the arguments of server.listen(), by Node's own rules. Pure.

/** The address on which a program wants to listen, or to which it wants to connect. */
export type ListenPlace =
  | { readonly kind: 'port'; readonly port: number; readonly host: string | undefined }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'fd'; readonly fd: number }
  /** A handle, or arguments that Node will refuse. */
  | { readonly kind: 'other' };

export interface ListenCall {
  readonly place: ListenPlace;
  /** The signal that closes the server again. */
  readonly signal: unknown;
  readonly callback: (() => void) | undefined;
}

const OTHER: ListenPlace = { kind: 'other' };

export function readListenCall(args: readonly unknown[]): ListenCall {
  const last = args.at(-1);
  const callback = typeof last === 'function' ? (last as () => void) : undefined;
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) {
    const options = first as Readonly<Record<string, unknown>>;
    return { place: placeOf(options), signal: options.signal, callback };
  }
  if (typeof first === 'string' && toNumber(first) === undefined) {
    return { place: { kind: 'path', path: first }, signal: undefined, callback };
  }
  const host = typeof second === 'string' && second !== '' ? second : undefined;
  return { place: portOf(first, host), signal: undefined, callback };
}

function placeOf(options: Readonly<Record<string, unknown>>): ListenPlace {
  if (options._handle !== undefined || options.handle !== undefined) return OTHER;
  if (typeof options.fd === 'number' && options.fd >= 0) return { kind: 'fd', fd: options.fd };
  const { port, path, host } = options;
  if (port !== undefined && port !== null) return portOf(port, typeof host === 'string' && host ? host : undefined);
  if (typeof path === 'string' && toNumber(path) === undefined) return { kind: 'path', path };
  return 'port' in options ? portOf(0, undefined) : OTHER;
}

function portOf(value: unknown, host: string | undefined): ListenPlace {
  // Without a port Node listens on any port.
  if (value === undefined || value === null || typeof value === 'function') return { kind: 'port', port: 0, host };
  const port = typeof value === 'number' || typeof value === 'string' ? toNumber(value) : undefined;
  return port === undefined || port > 65_535 || !Number.isInteger(port) ? OTHER : { kind: 'port', port, host };
}

/** Node's rule: a string of digits is a port. */
function toNumber(value: string | number): number | undefined {
  const number = Number(value);
  return number >= 0 ? number : undefined;
}

/** The address of a socket.connect() call. If Node has already parsed the arguments, the first is an array. */
export function readConnectCall(args: readonly unknown[]): ListenPlace {
  const [first] = args;
  return readListenCall(Array.isArray(first) ? (first as unknown[]) : args).place;
}
