// Reads the stack of the blocked main thread from a worker, through V8's own debugger. Opens no port and prints
// nothing: the session stays inside the process. https://nodejs.org/api/inspector.html
import { type Debugger, type InspectorNotification, Session } from 'node:inspector';

/** A frame from V8: line and column start at 0. */
export interface RawFrame {
  readonly func: string;
  /** The script's URL: `file:`, `node:`, or empty for code from `eval`. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** The script's source map URL. */
  readonly sourceMap: string | undefined;
}

interface Script {
  readonly url: string;
  readonly sourceMap: string | undefined;
}

/** The result of a capture: one call of `stack` or `debugged`, unless it is closed before. */
export interface CaptureEvents {
  stack(frames: readonly RawFrame[]): void;
  /** Another debugger has paused the main thread: it is not blocked, and stays paused. */
  debugged(): void;
}

/**
 * Asks the main thread to pause, and resumes it as soon as its frames are known. It pauses within milliseconds in
 * JavaScript, in a regular expression and in `Atomics.wait`; in native code only when that returns.
 */
export class StackCapture {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();
  readonly #events: CaptureEvents;
  #enabled = false;
  #open = true;

  /** @throws if the runtime has no inspector, or no access to the main thread. */
  constructor(events: CaptureEvents) {
    this.#events = events;
    this.#session.connectToMainThread();
    this.#session.on('Debugger.scriptParsed', ({ params }) => this.#parsed(params));
    this.#session.on('Debugger.paused', (message) => this.#paused(message));
    // Send both at once: when native code returns, the pause must already be requested at the first interrupt, or the
    // frame is lost. A pause reported before the first answer belongs to another debugger, because ours cannot be
    // earlier.
    this.#session.post('Debugger.enable', () => (this.#enabled = true));
    this.#session.post('Debugger.pause');
  }

  #parsed({ scriptId, url, sourceMapURL }: Debugger.ScriptParsedEventDataType): void {
    this.#scripts.set(scriptId, { url, sourceMap: sourceMapURL || undefined });
  }

  #paused({ params }: InspectorNotification<Debugger.PausedEventDataType>): void {
    if (!this.#open) return;
    if (!this.#enabled) {
      this.close();
      this.#events.debugged();
      return;
    }
    const frames = params.callFrames.map((frame) => this.#frame(frame));
    // Resume first: the rest takes only this thread's time.
    this.#session.post('Debugger.resume');
    this.close();
    this.#events.stack(frames);
  }

  #frame({ functionName, location }: Debugger.CallFrame): RawFrame {
    const script = this.#scripts.get(location.scriptId);
    return {
      func: functionName,
      url: script?.url ?? '',
      line: location.lineNumber,
      column: location.columnNumber ?? 0,
      sourceMap: script?.sourceMap,
    };
  }

  /** Cancels the requests. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#session.post('Debugger.disable');
    this.#session.disconnect();
  }
}
