// STATUS= of a service that says much: the manager sends a D-Bus signal for every change, so that the same text is not
// sent twice, and of many in a row the last.

/** The shortest time between two, in milliseconds. */
const GAP_MS = 100;

export class StatusLine {
  readonly #send: (text: string) => void;
  #wanted: string | undefined;
  #sent: string | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** What was set last; undefined before that. */
  get text(): string | undefined {
    return this.#wanted;
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
    if (this.#wanted === undefined || this.#wanted === this.#sent) return;
    this.sent(this.#wanted);
    this.#send(this.#wanted);
  }

  /** It was sent along with another message. */
  sent(text: string): void {
    this.#wanted = text;
    this.#sent = text;
    this.#sentAt = performance.now();
  }

  /** Something else stands there now: whatever is set next is sent. */
  forget(): void {
    this.#sent = undefined;
  }
}
