// STATUS= of a service that says much: the manager sends a D-Bus signal for every change, so that the same text is not
// sent twice, and of many in a row the last.

/** The shortest time between two, in milliseconds. */
const GAP_MS = 100;

export class StatusLine {
  readonly #send: (text: string) => void;
  #wanted: string | undefined;
  /** What stands in front of it. */
  #cover: string | undefined;
  #sent: string | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** What is to be seen; undefined before anything was set. */
  get text(): string | undefined {
    return this.#cover ?? this.#wanted;
  }

  set(text: string): void {
    this.#wanted = text;
    const wait = this.#sentAt + GAP_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait).unref();
  }

  /** Sends what waits, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { text } = this;
    if (text === undefined || text === this.#sent) return;
    this.#mark(text);
    this.#send(text);
  }

  /** Until `uncover` this is what is seen, at once; what is set meanwhile is kept. */
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

  /** It was sent along with another message, and nothing stands in front of it. */
  sent(text: string): void {
    this.#wanted = text;
    this.#cover = undefined;
    this.#mark(text);
  }

  /** Somebody else has written something there: what is to be seen, for being sent again. */
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
