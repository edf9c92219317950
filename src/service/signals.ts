// The signals of a service. They are caught before READY, as systemd 262 requires for Type=notify-reload.
import { constants } from 'node:os';
import { isSupervised } from '../environment/pool-worker.ts';
import { invalidRange, invalidType, isList, quote } from '../errors.ts';

export interface Signals {
  readonly stop: readonly NodeJS.Signals[];
  readonly reload: NodeJS.Signals;
}

/** KillSignal= and ReloadSignal= of systemd.kill(5) and systemd.service(5), and Ctrl-C. */
export const DEFAULT_SIGNALS: Signals = { stop: ['SIGTERM', 'SIGINT'], reload: 'SIGHUP' };

/** No process can catch these. */
const UNCATCHABLE: readonly string[] = ['SIGKILL', 'SIGSTOP'];

/** @throws TypeError or RangeError `SD_ERR_INVALID_ARG`. */
export function checkSignals(stop: unknown = DEFAULT_SIGNALS.stop, reload: unknown = DEFAULT_SIGNALS.reload): void {
  if (!isList(stop)) throw invalidType(`service(): stopSignals must be an array of signals, not ${quote(stop)}`);
  if (stop.length === 0) throw invalidRange('service(): stopSignals must hold at least one signal');
  for (const [index, signal] of stop.entries()) checkSignal(`service(): stopSignals[${index}]`, signal);
  checkSignal('service(): reloadSignal', reload);
  if (stop.includes(reload)) {
    throw invalidRange(`service(): reloadSignal must be none of stopSignals, but both have ${quote(reload)}`);
  }
}

function checkSignal(what: string, signal: unknown): void {
  const known = typeof signal === 'string' && Object.hasOwn(constants.signals, signal);
  if (!known) throw invalidType(`${what} must be the name of a signal, such as SIGTERM, not ${quote(signal)}`);
  if (UNCATCHABLE.includes(signal)) throw invalidRange(`${what} cannot be ${signal}: no process can catch it`);
}

export interface SignalHandlers {
  reload(): void;
  stop(signal: NodeJS.Signals): void;
  /** The second stop signal, in a terminal: exit immediately. */
  end(signal: NodeJS.Signals): void;
  /** The second stop signal, under a manager: ignored, because the manager enforces its own timeout. */
  ignored(signal: NodeJS.Signals): void;
}

/**
 * A terminal sends SIGINT to all of its programs, and npm forwards it to its child: two signals within this time are
 * one.
 */
const ECHO_MS = 250;

/** Catches the signals until the returned function is called. */
export function catchSignals(signals: Signals, handlers: SignalHandlers): () => void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const onStop = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, at: performance.now() };
      handlers.stop(signal);
    } else if (isEcho(first, signal)) return;
    else if (isInTerminal()) handlers.end(signal);
    else handlers.ignored(signal);
  };
  const onReload = (): void => handlers.reload();
  for (const signal of signals.stop) process.on(signal, onStop);
  process.on(signals.reload, onReload);
  return () => {
    for (const signal of signals.stop) process.off(signal, onStop);
    process.off(signals.reload, onReload);
  };
}

function isEcho(first: { readonly signal: NodeJS.Signals; readonly at: number }, signal: NodeJS.Signals): boolean {
  return signal === 'SIGINT' && first.signal === 'SIGINT' && performance.now() - first.at < ECHO_MS;
}

/** Only in a terminal does a person send the second signal. A unit can also have a terminal (StandardInput=tty). */
export function isInTerminal(): boolean {
  if (isSupervised() || process.env.SYSTEMD_EXEC_PID === String(process.pid)) return false;
  // Loaded late: the module loads all of node:net.
  const { isatty } = process.getBuiltinModule('node:tty');
  return isatty(0) || isatty(2);
}

/** Ends the process by the signal, as without a handler: systemd counts that as a clean exit, but not an exit code. */
export function raise(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
