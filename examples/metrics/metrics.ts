// The channels of readyd as metrics for Prometheus. Nothing in here is about the program: copy it.
import { subscribe } from 'node:diagnostics_channel';
import type { JournalChannelMessage, ServiceChannelMessage, WatchdogChannelMessage } from 'readyd';

const values = new Map<string, number>();
const set = (name: string, value: number): void => void values.set(name, value);
const add = (name: string, value: number): void => set(name, (values.get(name) ?? 0) + value);
const seconds = (ms: number): number => ms / 1000;

const unhealthy = new Set<string>();

function onWatchdog(message: WatchdogChannelMessage): void {
  if (message.type === 'ping') set('readyd_watchdog_lag_seconds', seconds(message.lag));
  else if (message.type === 'unhealthy') unhealthy.add(message.check);
  else if (message.type === 'healthy') unhealthy.delete(message.check);
  else if (message.type === 'stall') add('readyd_watchdog_stalls_total', 1);
  set('readyd_unhealthy_checks', unhealthy.size);
}

function onJournal(message: JournalChannelMessage): void {
  if (message.type === 'entry') add(`readyd_journal_entries_total{level="${message.level}"}`, 1);
  else add('readyd_journal_dropped_total', 1);
}

function onService(message: ServiceChannelMessage): void {
  if (message.type === 'ready') set('readyd_start_seconds', seconds(message.duration));
  else if (message.type === 'reloaded') {
    set('readyd_reload_seconds', seconds(message.duration));
    add(`readyd_reloads_total{result="${message.error === undefined ? 'success' : 'failure'}"}`, 1);
  }
}

/** Counts from now on: call it before `service()`. */
export function countEverything(): void {
  for (const name of ['readyd_unhealthy_checks', 'readyd_journal_dropped_total', 'readyd_watchdog_stalls_total'])
    set(name, 0);
  // A channel has messages of one type.
  subscribe('readyd:watchdog', (message) => onWatchdog(message as WatchdogChannelMessage));
  subscribe('readyd:journal', (message) => onJournal(message as JournalChannelMessage));
  subscribe('readyd:service', (message) => onService(message as ServiceChannelMessage));
}

/** The text that Prometheus reads. */
export function metricsText(): string {
  return [...values].map(([name, value]) => `${name} ${value}\n`).join('');
}
