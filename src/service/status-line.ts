// Limits STATUS= messages, because the manager emits a D-Bus signal for every change: the same text is not sent twice,
// and of many in quick succession only the last is sent.

/** The shortest time between two messages, in milliseconds. */
const GAP_MS = 100;

export class StatusLine {
  readonly #send: (text: string) => void;
  #wanted: string | undefined;
  /** A text that hides the normal one. */
  #cover: string | undefined;
  #sent: string | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** The visible text; undefined before one was set. */
  get text(): string | undefined {
    return this.#cover ?? this.#wanted;
  }

  set(text: string): void {
    this.#wanted = text;
    const wait = this.#sentAt + GAP_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait).unref();
  }

  /** Sends the waiting text now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { text } = this;
    if (text === undefined || text === this.#sent) return;
    this.#mark(text);
    this.#send(text);
  }

  /** Shows this text at once, and until `uncover`; texts that are set meanwhile are stored. */
  cover(text: string): void {
    this.#cover = text;
    this.flush();
  }

  uncover(): void {
    this.#cover = undefined;
    this.flush();
  }

  get covered(): boolean {
    return this.#cover !== undefined;
  }

  /** Records a text that was sent with another message; no text hides it. */
  sent(text: string): void {
    this.#wanted = text;
    this.#cover = undefined;
    this.#mark(text);
  }

  /** Returns the visible text for resending, after other code has changed STATUS. */
  again(): string {
    const { text = '' } = this;
    this.#mark(text);
    return text;
  }

  #mark(text: string): void {
    this.#sent = text;
    this.#sentAt = performance.now();
  }
}
