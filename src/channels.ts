// The package's messages on the channels of node:diagnostics_channel, for metrics and traces. Without a subscriber no
// message is built: each caller checks `hasSubscribers` first. docs/diagnostics.md
import { channel } from 'node:diagnostics_channel';
import type { SyscallError } from './errors.ts';
import type { Level } from './journal/levels.ts';
import type { SocketAddress } from './sockets/kind.ts';

/** On `readyd:notify`. */
export type NotifyChannelMessage =
  /** The kernel has accepted a message for the service manager: its text in the form of sd_notify(3). */
  | { readonly type: 'sent'; readonly message: string }
  /** It could not be sent; the caller gets the same error. */
  | { readonly type: 'failed'; readonly message: string; readonly error: unknown }
  /** The manager has received READY, and is now unreachable. Published once. */
  | { readonly type: 'unreachable'; readonly address: string; readonly error: SyscallError };

/** On `readyd:watchdog`. */
export type WatchdogChannelMessage =
  /** A ping is sent, `lag` milliseconds late: the event loop, or a check, delayed it. */
  | { readonly type: 'ping'; readonly lag: number; readonly timeout: number }
  /** A healthy check has become unhealthy. */
  | { readonly type: 'unhealthy'; readonly check: string; readonly reason: string }
  | { readonly type: 'healthy'; readonly check: string }
  /** The event loop has been blocked for half of the timeout, or runs again: the entry of the diagnosis. */
  | { readonly type: 'stall'; readonly message: string; readonly fields: Readonly<Record<string, string>> }
  /** The service has asked its manager to end it. */
  | { readonly type: 'trigger'; readonly reason: string };

/** On `readyd:journal`. */
export type JournalChannelMessage =
  /** An entry is written, by any logger. */
  | { readonly type: 'entry'; readonly level: Level }
  /** An entry is lost because too many wait; `dropped` counts the lost entries of its logger. */
  | { readonly type: 'dropped'; readonly dropped: number };

/** On `readyd:socket`. */
export type SocketChannelMessage =
  /** A server or a datagram socket listens; `name` is the name of the passed socket, undefined for a fallback. */
  | { readonly type: 'listening'; readonly name: string | undefined; readonly address: SocketAddress | undefined }
  /** A server was drained; `forced` is the number of destroyed connections. */
  | { readonly type: 'drained'; readonly forced: number }
  /** A descriptor was stored in the descriptor store, or removed from it. */
  | { readonly type: 'stored' | 'removed'; readonly name: string };

/** On `readyd:service`. Times are in milliseconds. */
export type ServiceChannelMessage =
  /** `start()` is called. */
  | { readonly type: 'starting' }
  /** READY was sent: `start()` has taken `duration`. */
  | { readonly type: 'ready'; readonly duration: number }
  | { readonly type: 'reloading' }
  /** A reload has ended; `error` is its error, undefined on success. */
  | { readonly type: 'reloaded'; readonly duration: number; readonly error: unknown }
  /** The service was asked to stop, and is stopping. */
  | { readonly type: 'stopping' }
  /** `stop()` has ended, `duration` after the request to stop. */
  | { readonly type: 'stopped'; readonly duration: number }
  /** A step has failed; `what` names it. */
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

/** Publishes the outcome of a message to the manager. Publishes nothing without a manager. */
export function tellOutcome(message: string, sent: Promise<boolean>): void {
  sent.then(
    (arrived) => arrived && notifyChannel.publish({ type: 'sent', message }),
    (error: unknown) => notifyChannel.publish({ type: 'failed', message, error }),
  );
}

/** Set while publishing: a subscriber may log, and must not cause another message. */
let telling = false;

export function tellEntry(level: Level): void {
  if (telling) return;
  telling = true;
  journalChannel.publish({ type: 'entry', level });
  telling = false;
}
