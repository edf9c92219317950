// The signals of a service: they are caught before READY, which systemd 262 insists on for Type=notify-reload.

export type StopSignal = 'SIGTERM' | 'SIGINT';

export interface SignalHandlers {
  /** SIGHUP. */
  reload(): void;
  /** SIGTERM, or SIGINT from a terminal. */
  stop(signal: StopSignal): void;
  /** The second of those: at once. */
  end(signal: StopSignal): void;
}

/** A terminal sends SIGINT to all of its programs, and npm sends it on to the one it has started. */
const ECHO_MS = 250;

/** Catches the signals until the returned function is called. */
export function catchSignals(handlers: SignalHandlers): () => void {
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  const onStop = (signal: StopSignal): void => {
    if (first === undefined) {
      first = { signal, at: performance.now() };
      handlers.stop(signal);
    } else if (!isEcho(first, signal)) handlers.end(signal);
  };
  const onReload = (): void => handlers.reload();
  process.on('SIGHUP', onReload).on('SIGTERM', onStop).on('SIGINT', onStop);
  return () => void process.off('SIGHUP', onReload).off('SIGTERM', onStop).off('SIGINT', onStop);
}

function isEcho(first: { readonly signal: StopSignal; readonly at: number }, signal: StopSignal): boolean {
  return signal === 'SIGINT' && first.signal === 'SIGINT' && performance.now() - first.at < ECHO_MS;
}

/** Ends the process by the signal, as if nobody had caught it: for systemd that is a clean end, an exit code is not. */
export function raise(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
