// Reads the stack of the main thread while that one is blocked, through V8's own debugger, from a worker. No port is opened
// and nothing is printed: the session lives inside the process. https://nodejs.org/api/inspector.html
import { type Debugger, type InspectorNotification, Session } from 'node:inspector';

/** A frame as V8 tells it: line and column count from 0. */
export interface RawFrame {
  readonly func: string;
  /** Where the script is from: `file:`, `node:`, or empty for what `eval` made. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** What the script names as its source map. */
  readonly sourceMap: string | undefined;
}

interface Script {
  readonly url: string;
  readonly sourceMap: string | undefined;
}

/** Who wants to know. Each capture ends in one call of `stack` or `debugged`, unless it is closed before. */
export interface CaptureEvents {
  stack(frames: readonly RawFrame[]): void;
  /** Somebody else's debugger has paused the main thread: it is not blocked, and is left alone. */
  debugged(): void;
}

/**
 * Asks the main thread to pause, and lets it run on as soon as its frames are known. It pauses within milliseconds in
 * JavaScript, in a regular expression and in `Atomics.wait`; in native code once that returns.
 */
export class StackCapture {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();
  readonly #events: CaptureEvents;
  #enabled = false;
  #open = true;

  /** @throws where the runtime has no inspector, or no way to the main thread. */
  constructor(events: CaptureEvents) {
    this.#events = events;
    this.#session.connectToMainThread();
    this.#session.on('Debugger.scriptParsed', ({ params }) => this.#parsed(params));
    this.#session.on('Debugger.paused', (message) => this.#paused(message));
    // Both at once: when native code returns, the first interrupt must find the wish to pause, or the frame is gone. A
    // pause that is reported before the answer to the first is somebody else's, for ours cannot be then.
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
    // First let it run on: what follows takes this thread's time only.
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

  /** Takes back what was asked for. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#session.post('Debugger.disable');
    this.#session.disconnect();
  }
}
