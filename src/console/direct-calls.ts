// Records a call of console without Node's stream and inspector, which take about half of its time. Only while no other
// code depends on them: the program has not replaced the stream or its write(), groups do not indent the text, no
// debugger is attached, and no diagnostics channel has subscribers. Otherwise the call passes through Node as usual.
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Writable } from 'node:stream';
import { format } from 'node:util';
import { isMainThread } from '../environment/main-thread.ts';
import { attempt } from '../journal/unreadable.ts';
import { replace } from '../replace.ts';
import type { ConsoleCall } from './entries.ts';
import type { Descriptor, Recorder } from './recorder.ts';

/** The methods that only print their arguments. */
const METHODS: Readonly<Record<string, Descriptor>> = { log: 1, info: 1, debug: 1, warn: 2, error: 2 };
/** A program that prints less does not load the inspector's module, which takes a millisecond or two. */
const CALLS_BEFORE = 100;

/** The names that Node 20 and later releases use. */
const isIndentation = (symbol: symbol): boolean => /^kGroupIndent(ationString)?$/.test(symbol.description ?? '');

/** The streams of console, which it creates when it prints for the first time. */
interface Internals {
  readonly _stdout?: Writable;
  readonly _stderr?: Writable;
  readonly [symbol: symbol]: unknown;
}

/** Records the call, or returns the arguments with which it must pass through Node. */
export type DirectCall = (call: ConsoleCall) => readonly unknown[] | undefined;

export class DirectCalls {
  readonly #recorder: Recorder;
  readonly #console: object;
  /** The symbol under which console keeps the indentation of its groups; null if this Node has no such symbol. */
  #indentation: symbol | null | undefined;
  #calls = 0;
  #isDebugged: (() => boolean) | undefined;
  /** Removes what it hooks. */
  stop: () => void = () => undefined;

  constructor(recorder: Recorder, console: object) {
    this.#recorder = recorder;
    this.#console = console;
  }

  /** For a method of console; undefined for one that does more than print. */
  forMethod(name: string): DirectCall | undefined {
    const fd = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (fd === undefined || !isMainThread()) return undefined;
    let events: Channel | undefined;
    return (call) => {
      if (!this.#mayTake(fd)) return call.args;
      events ??= channel(`console.${name}`);
      return events.hasSubscribers ? call.args : this.#take(fd, call);
    };
  }

  #mayTake(fd: Descriptor): boolean {
    const hooked = this.#recorder.hooked[fd];
    if (hooked === undefined) return false;
    const { stream, write } = hooked;
    const members = this.#console as Internals; // which it has in Node
    if (stream !== (fd === 1 ? members._stdout : members._stderr) || stream.write !== write) return false;
    if (stream.destroyed || stream.writableEnded) return false;
    this.#calls += 1;
    if (this.#calls <= CALLS_BEFORE) return false;
    if (this.#indentation === undefined)
      this.#indentation = Object.getOwnPropertySymbols(members).find(isIndentation) ?? null;
    if (this.#indentation === null || members[this.#indentation] !== '') return false;
    // If that fails, as if a debugger were attached: a call of console must not throw.
    this.#isDebugged ??= attempt(() => this.#watchInspector()) ?? (() => true);
    return !this.#isDebugged();
  }

  #take(fd: Descriptor, call: ConsoleCall): readonly unknown[] | undefined {
    // As Node without colours, which an entry does not have. A text that is too large is not formatted a second time.
    const text = format(...call.args);
    return this.#recorder.takeCall(fd, text, call) ? undefined : [text];
  }

  /** Returns a function: whether a debugger may show what console prints. */
  #watchInspector(): () => boolean {
    if (!process.features.inspector) return () => false;
    const loaded: unknown = Reflect.get(process, 'moduleLoadList');
    // Another module may have a session already.
    if (!Array.isArray(loaded) || loaded.includes('NativeModule inspector')) return () => true;
    const { Session, url } = process.getBuiltinModule('node:inspector');
    let hasSession = false;
    this.stop = replace(Session.prototype, 'connect', (original: (...args: unknown[]) => unknown) => {
      return function (this: unknown, ...args) {
        hasSession = true;
        return original.apply(this, args);
      };
    });
    return () => hasSession || url() !== undefined;
  }
}
