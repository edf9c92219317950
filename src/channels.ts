// What the package says of itself on the channels of node:diagnostics_channel, for metrics and traces. Nothing is put together
// for a channel that nobody listens on: each place asks `hasSubscribers` first. docs/diagnostics.md
import { channel } from 'node:diagnostics_channel';
import type { SyscallError } from './errors.ts';
import type { Level } from './journal/levels.ts';
import type { SocketAddress } from './sockets/kind.ts';

/** On `readyd:notify`. */
export type NotifyChannelMessage =
  /** The kernel has taken a message for the service manager: its text, as sd_notify(3) has it. */
  | { readonly type: 'sent'; readonly message: string }
  /** It could not be sent; the caller gets the same error. */
  | { readonly type: 'failed'; readonly message: string; readonly error: unknown }
  /** The manager was there for READY, and cannot be reached any more; once. */
  | { readonly type: 'unreachable'; readonly address: string; readonly error: SyscallError };

/** On `readyd:watchdog`. */
export type WatchdogChannelMessage =
  /** A sign of life leaves, so many milliseconds later than it was due: the event loop, or a check, has held it up. */
  | { readonly type: 'ping'; readonly lag: number; readonly timeout: number }
  /** A check that was healthy is not any more. */
  | { readonly type: 'unhealthy'; readonly check: string; readonly reason: string }
  | { readonly type: 'healthy'; readonly check: string }
  /** The event loop has not turned for half of the timeout, or turns again: the entry of the diagnosis. */
  | { readonly type: 'stall'; readonly message: string; readonly fields: Readonly<Record<string, string>> }
  /** The service has asked its manager to end it. */
  | { readonly type: 'trigger'; readonly reason: string };

/** On `readyd:journal`. */
export type JournalChannelMessage =
  /** An entry is written, by whichever logger. */
  | { readonly type: 'entry'; readonly level: Level }
  /** An entry is lost, because too many wait; `dropped` is how many of its logger were lost so far. */
  | { readonly type: 'dropped'; readonly dropped: number };

/** On `readyd:socket`. */
export type SocketChannelMessage =
  /** A server or a datagram socket listens; `name` is that of the socket that was passed, undefined for a fallback. */
  | { readonly type: 'listening'; readonly name: string | undefined; readonly address: SocketAddress | undefined }
  /** A server has been drained; `forced` is how many connections were cut off. */
  | { readonly type: 'drained'; readonly forced: number }
  /** Something went into the descriptor store, or out of it. */
  | { readonly type: 'stored' | 'removed'; readonly name: string };

/** On `readyd:service`. Times are in milliseconds. */
export type ServiceChannelMessage =
  /** `start()` is called. */
  | { readonly type: 'starting' }
  /** READY: `start()` is done, after so long. */
  | { readonly type: 'ready'; readonly duration: number }
  | { readonly type: 'reloading' }
  /** A reload is over; `error` is what it threw, undefined where all went well. */
  | { readonly type: 'reloaded'; readonly duration: number; readonly error: unknown }
  /** The service was told to stop, and stops. */
  | { readonly type: 'stopping' }
  /** `stop()` is done, so long after the service was told. */
  | { readonly type: 'stopped'; readonly duration: number }
  /** Something has failed: `what` says which part. */
  | { readonly type: 'failed'; readonly what: string; readonly error: unknown };

/** A channel of Node, for the messages that belong to it. */
interface ChannelOf<M> {
  readonly hasSubscribers: boolean;
  publish(message: M): void;
}

export const notifyChannel: ChannelOf<NotifyChannelMessage> = channel('readyd:notify');
export const watchdogChannel: ChannelOf<WatchdogChannelMessage> = channel('readyd:watchdog');
export const journalChannel: ChannelOf<JournalChannelMessage> = channel('readyd:journal');
export const socketChannel: ChannelOf<SocketChannelMessage> = channel('readyd:socket');
export const serviceChannel: ChannelOf<ServiceChannelMessage> = channel('readyd:service');

/** What came of a message for the manager. Nothing where there is no manager. */
export function tellOutcome(message: string, sent: Promise<boolean>): void {
  sent.then(
    (arrived) => arrived && notifyChannel.publish({ type: 'sent', message }),
    (error: unknown) => notifyChannel.publish({ type: 'failed', message, error }),
  );
}

/** A subscriber may log in turn, which must not be told again. */
let telling = false;

export function tellEntry(level: Level): void {
  if (telling) return;
  telling = true;
  journalChannel.publish({ type: 'entry', level });
  telling = false;
}
