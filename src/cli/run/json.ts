// The lines of `readyd run --json`: one object per line; `source` identifies its kind. Pure.
import type { Daemon } from '../../manager/daemon.ts';
import type { TimelineEvent } from '../../manager/timeline.ts';

/** Bytes become `{"base64": …}`. */
function field(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
}

export function jsonEvent({ at, source, text, entry }: TimelineEvent): string {
  const head = { at: Math.round(at * 1000) / 1000, source };
  if (entry === undefined) return JSON.stringify({ ...head, text });
  const { message, priority, pid, fields } = entry;
  return JSON.stringify({ ...head, text: message, priority, pid, fields }, field);
}

/** The information of `systemctl show`. */
export function jsonState(daemon: Daemon): string {
  const { activeState, subState, result, status, errno, pid, restarts, stored } = daemon;
  return JSON.stringify({ source: 'state', activeState, subState, result, status, errno, pid, restarts, stored });
}
