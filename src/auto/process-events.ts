// What happens to the process, heard without listeners: programs count and list the listeners of a signal (signal-exit
// does), and what they see has to be theirs alone. Every event of the process passes through process.emit().
import { constants } from 'node:os';
import { replace } from '../console/replace.ts';

export interface ProcessEvents {
  /** A signal has arrived. `deliver` tells the program's own listeners, as Node would have. */
  signal(name: NodeJS.Signals, deliver: () => void): void;
  /** An error that nothing has caught, before the program's own listeners hear of it. */
  uncaught(error: unknown): void;
  /** The end, after the program's own listeners. Returns the exit code. */
  exit(code: number): void;
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;
type Watch = (signal: string) => void;

/** Node's own listeners, which start and stop the watch for a signal. */
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
    // With the number: so Node tells of a signal. A program that emits one itself means its own listeners.
    if (this.#watched.has(event) && typeof second === 'number') {
      events.signal(event as NodeJS.Signals, () => void tell()); // one of those that are watched
      return true;
    }
    if (event === 'uncaughtExceptionMonitor') events.uncaught(first);
    const heard = tell();
    if (event === 'exit') events.exit(Number(process.exitCode ?? first ?? 0));
    // Node stops the watch with the last listener.
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

  /** How many listeners the program itself has. */
  count(signal: NodeJS.Signals): number {
    return process.listenerCount(signal) - (this.#start === undefined ? 1 : 0);
  }

  /** Ends the process by the signal, as if nothing had ever caught it. */
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

/** 128+n, which is how a shell, and many a program, tells of an end by a signal. */
export function codeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
