// What the service manager reads out of one datagram, by its own rules: sd_notify(3)
import { parseInteger, UINT64_MAX } from '../environment/integer.ts';

/** One message of a service. */
export interface Notification {
  /** Every line that the manager sees, unescaped. */
  readonly lines: readonly string[];
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  /** `trigger` asks to be treated as dead. */
  readonly watchdog: 'ping' | 'trigger' | undefined;
  /** A new timeout in milliseconds; 0 switches the watchdog off. */
  readonly watchdogTimeout: number | undefined;
  readonly status: string | undefined;
  /** When a reload began, on CLOCK_MONOTONIC. */
  readonly monotonicUsec: bigint | undefined;
  /** Wants to hear that everything before it was read, by the closing of the descriptor that came along. */
  readonly barrier: boolean;
}

/** What the manager reads at once; a longer datagram is dropped. */
export const MESSAGE_MAX = 4096;

/** Undefined for a message that the manager drops as a whole. */
export function parseNotification(datagram: Uint8Array): Notification | undefined {
  const lines = readLines(datagram);
  if (lines === undefined) return undefined;
  return {
    lines: lines.map((line) => Buffer.from(line, 'latin1').toString()),
    ready: lines.includes('READY=1'),
    reloading: lines.includes('RELOADING=1'),
    stopping: lines.includes('STOPPING=1'),
    watchdog: watchdog(assigned(lines, 'WATCHDOG')),
    watchdogTimeout: watchdogTimeout(unsigned(lines, 'WATCHDOG_USEC')),
    status: status(assigned(lines, 'STATUS')),
    monotonicUsec: unsigned(lines, 'MONOTONIC_USEC'),
    barrier: lines.includes('BARRIER=1'),
  };
}

/** Bytes as characters (latin1): only STATUS has to be UTF-8, and what is not must not spoil the other lines. */
function readLines(datagram: Uint8Array): string[] | undefined {
  if (datagram.length > MESSAGE_MAX) return undefined;
  const text = Buffer.from(datagram).toString('latin1');
  const payload = text.endsWith('\0') ? text.slice(0, -1) : text;
  return payload.includes('\0') ? undefined : splitLines(payload);
}

/**
 * A backslash takes the next character as it is, also the end of a line; with nothing after it, it spoils the message.
 */
export function splitLines(payload: string): string[] | undefined {
  const lines: string[] = [];
  let line = '';
  for (let index = 0; index < payload.length; index += 1) {
    const character = payload[index];
    if (character === '\\') {
      index += 1;
      if (index === payload.length) return undefined;
      line += payload[index];
    } else if (character === '\n' || character === '\r') {
      if (line !== '') lines.push(line);
      line = '';
    } else line += character;
  }
  return line === '' ? lines : [...lines, line];
}

/** The first assignment counts. */
function assigned(lines: readonly string[], key: string): string | undefined {
  return lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
}

function unsigned(lines: readonly string[], key: string): bigint | undefined {
  const value = parseInteger(assigned(lines, key) ?? '', 0n, UINT64_MAX);
  return typeof value === 'bigint' ? value : undefined;
}

function watchdog(value: string | undefined): 'ping' | 'trigger' | undefined {
  if (value === '1') return 'ping';
  return value === 'trigger' ? 'trigger' : undefined;
}

function watchdogTimeout(usec: bigint | undefined): number | undefined {
  if (usec === undefined) return undefined;
  return usec === UINT64_MAX ? 0 : Number(usec) / 1000;
}

/** A status that is not UTF-8 clears the one before. */
function status(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return '';
  }
}
