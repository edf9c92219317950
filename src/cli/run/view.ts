// The display of `readyd run`: a live view on a terminal, plain lines elsewhere, or JSON for programs.
import type { Daemon } from '../../manager/daemon.ts';
import type { TimelineEvent } from '../../manager/timeline.ts';
import { jsonEvent, jsonState } from './json.ts';
import { paintEvent, plainEvent, statusLine } from './paint.ts';

export interface View {
  event(event: TimelineEvent): void;
  /** The state of the service has changed. */
  change(daemon: Daemon): void;
  close(): void;
}

/** The destination of a view. */
export interface TerminalOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

export function createView(json: boolean, output: TerminalOutput): View {
  if (json) return new JsonView(output);
  return output.isTTY ? new TerminalView(output) : new PlainView(output);
}

/** Reports when the service is ready, and how long that took. */
class Progress {
  #ready: number | undefined;
  #reload: number | undefined;

  news({ timing, phase }: Daemon): string | undefined {
    const { start, ready, reload } = timing;
    if (phase !== 'running') return undefined;
    if (ready !== undefined && ready !== this.#ready) {
      this.#ready = ready;
      this.#reload = reload;
      return `ready after ${Math.round(ready - start)} ms`;
    }
    if (reload !== this.#reload) {
      this.#reload = reload;
      return 'reload complete';
    }
    return undefined;
  }
}

class PlainView implements View {
  readonly #output: TerminalOutput;
  readonly #progress = new Progress();
  #last = 0;

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  event(event: TimelineEvent): void {
    this.#last = event.at;
    this.#output.write(`${plainEvent(event)}\n`);
  }

  change(daemon: Daemon): void {
    const text = this.#progress.news(daemon);
    if (text !== undefined)
      this.event({ at: daemon.timing.reload ?? daemon.timing.ready ?? this.#last, source: 'manager', text });
  }

  close(): void {}
}

class JsonView implements View {
  readonly #output: TerminalOutput;
  #state = '';

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  event(event: TimelineEvent): void {
    this.#output.write(`${jsonEvent(event)}\n`);
  }

  change(daemon: Daemon): void {
    const state = jsonState(daemon);
    if (state !== this.#state) this.#output.write(`${state}\n`);
    this.#state = state;
  }

  close(): void {}
}

const REFRESH_MS = 250;
const CLEAR = '\r\u001b[K';

/** Scrolling lines above a fixed one. */
class TerminalView implements View {
  readonly #output: TerminalOutput;
  readonly #progress = new Progress();
  readonly #timer: NodeJS.Timeout;
  #daemon: Daemon | undefined;
  #shown = '';

  constructor(output: TerminalOutput) {
    this.#output = output;
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  event(event: TimelineEvent): void {
    this.#output.write(`${CLEAR}${paintEvent(event)}\n${this.#shown}`);
  }

  change(daemon: Daemon): void {
    this.#daemon = daemon;
    const text = this.#progress.news(daemon);
    if (text !== undefined) {
      this.event({ at: daemon.timing.reload ?? daemon.timing.ready ?? 0, source: 'manager', text });
    }
    this.#refresh();
  }

  #refresh(): void {
    if (this.#daemon === undefined) return;
    const line = statusLine(this.#daemon, this.#output.columns || 80);
    if (line === this.#shown) return;
    this.#shown = line;
    this.#output.write(`${CLEAR}${line}`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#shown = '';
    this.#output.write(CLEAR);
  }
}
