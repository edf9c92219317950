// Observes process events without listeners: programs count and list the listeners of a signal (signal-exit does), and
// must see only their own. Every event of the process passes through process.emit().
import { replace } from '../replace.ts';

export interface ProcessEvents {
  /** A signal has arrived. `deliver` calls the program's own listeners, like Node does. */
  signal(name: NodeJS.Signals, deliver: () => void): void;
  /** An uncaught error, before the program's own listeners run. */
  uncaught(error: unknown): void;
  /** The exit, after the program's own listeners. Returns the exit code. */
  exit(code: number): void;
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;
type Watch = (signal: string) => void;

/** Node's own listeners, which start and stop watching a signal. */
const START = 'startListeningIfSignal';
const STOP = 'stopListeningIfSignal';

export class ProcessHook {
  readonly #start: Watch | undefined = ownListener('newListener', START);
  readonly #stop: Watch | undefined = ownListener('removeListener', STOP);
  readonly #watched = new Set<string | symbol>();
  readonly #signals: readonly NodeJS.Signals[];

  constructor(signals: readonly NodeJS.Signals[], events: ProcessEvents) {
    this.#signals = signals;
    const hear = (event: string | symbol, args: readonly unknown[], tell: () => boolean): boolean =>
      this.#hear(events, event, args, tell);
    replace(process, 'emit', (original: Emit) => {
      return function (this: unknown, event, ...args): boolean {
        return hear(event, args, () => original.call(this, event, ...args));
      };
    });
    this.#watch();
  }

  #hear(events: ProcessEvents, event: string | symbol, args: readonly unknown[], tell: () => boolean): boolean {
    const [first, second] = args;
    // Node emits a signal with its number. A program that emits one itself means only its own listeners.
    if (this.#watched.has(event) && typeof second === 'number') {
      events.signal(event as NodeJS.Signals, () => void tell()); // one of those that are watched
      return true;
    }
    if (event === 'uncaughtExceptionMonitor') events.uncaught(first);
    const heard = tell();
    if (event === 'exit') events.exit(Number(process.exitCode ?? first ?? 0));
    // Node stops watching a signal with its last listener, so start again.
    if (event === 'removeListener' && typeof first === 'string' && this.#watched.has(first)) this.#start?.(first);
    return heard;
  }

  #watch(): void {
    for (const signal of this.#signals) {
      this.#watched.add(signal);
      if (this.#start !== undefined) this.#start(signal);
      else process.on(signal, () => undefined);
    }
  }

  /** How many listeners the program has. */
  count(signal: NodeJS.Signals): number {
    return process.listenerCount(signal) - (this.#start === undefined ? 1 : 0);
  }

  /** Ends the process by the signal, as without a handler. */
  raise(signal: NodeJS.Signals): void {
    this.#watched.delete(signal);
    process.removeAllListeners(signal);
    this.#stop?.(signal);
    process.kill(process.pid, signal);
  }
}

function ownListener(event: string, name: string): Watch | undefined {
  const listeners = process.listeners(event as NodeJS.Signals) as unknown as readonly (Watch & { name: string })[];
  return listeners.find((listener) => listener.name === name);
}

/** 128+n: the exit code that shells and many programs use for an exit by signal n. */
export function codeOfSignal(signal: NodeJS.Signals): number {
  return 128 + process.getBuiltinModule('node:os').constants.signals[signal];
}
