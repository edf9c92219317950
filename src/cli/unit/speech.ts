// Finds the parts of systemd's protocol that a program uses, by its imports and calls: a unit must not wait for a
// message that is never sent.
import type { Imports } from './imports.ts';

export interface Speech {
  /** Whether it sends READY=1. */
  readonly ready: boolean;
  /** Whether it sends watchdog pings. */
  readonly watchdog: boolean;
  /** Whether it reloads on SIGHUP, and notifies systemd. */
  readonly reload: boolean;
  /** Whether it handles SIGTERM, or readyd does. */
  readonly stops: boolean;
  /** Whether it uses sockets that systemd passes. */
  readonly sockets: boolean;
}

/** Other packages that send READY=1; the program calls their watchdog itself. */
const OTHERS = ['sd-notify', '@mafintosh/sd-notify', 'systemd-notify', 'sd-daemon', 'node-systemd'];

/** If the program cannot be read, all features are assumed. */
const EVERYTHING: Speech = { ready: true, watchdog: true, reload: true, stops: true, sockets: true };

/** Searches for names that only a caller contains; a bundled program contains them too. */
export function speechOf(imports: Imports | undefined): Speech {
  if (imports === undefined) return EVERYTHING;
  const { packages, text } = imports;
  // A bundle contains the package and does not import it.
  const own =
    [...packages].some((name) => name === 'readyd' || /(^|\/)readyd(\/|$)/.test(name)) || /SD_ERR_/.test(text);
  const auto = packages.has('readyd/auto');
  const other = OTHERS.some((name) => packages.has(name)) || /\bsystemd-notify\b|NOTIFY_SOCKET/.test(text);
  const calls = (name: string) => new RegExp(`\\b${name}\\s{0,20}(<[^>\\n]{0,100}>)?\\(`).test(text);
  const service = own && (calls('service') || calls('workerPool'));
  return {
    ready: auto || service || (own && (calls('ready') || calls('notify') || calls('notifySync'))) || other,
    watchdog: auto || service || (own && calls('watchdog')) || (other && /watchdog/i.test(text)),
    reload: (own && calls('reload')) || (service && /\breload\s{0,20}[(:]/.test(text)) || /SIGHUP/.test(text),
    sockets:
      auto || (own && ['listen', 'listenTarget', 'listenFds', 'bind', 'connection'].some(calls)) || takesByNumber(text),
    stops: auto || service || /SIGTERM/.test(text),
  };
}

/** What readyd/auto adds to a program. */
export function withAuto(speech: Speech): Speech {
  return { ...speech, ready: true, watchdog: true, stops: true, sockets: true };
}

/** By the variables, or by the number of the first. */
function takesByNumber(text: string): boolean {
  return /LISTEN_FDS|\bfd:\s{0,20}3\b/.test(text);
}
