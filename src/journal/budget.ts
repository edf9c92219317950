// Limits the cost of one entry. A log call accepts any value: an object graph with shared objects unfolds into a huge
// tree, and a list may hold one megabyte a thousand times. So all values of an entry share one budget, and a note
// reports omissions.
//
// Text or bytes that fill a whole field cost nothing: the caller has already created them, and entry.ts limits their
// size.

/** Properties, items and objects: ten thousand take a few milliseconds. */
export const STEPS_MAX = 10_000;
/** Limit for the characters of JSON, of list items, and of parts of errors. */
const CHARACTERS_MAX = 1024 * 1024;
/** Marks a text that was cut. */
const CUT = '…';

export class Budget {
  #steps = STEPS_MAX;
  #characters = CHARACTERS_MAX;
  #isOver = false;
  #isTold = false;

  /** Whether something was left out and no note reports it yet. */
  get needsNote(): boolean {
    return this.#isOver && !this.#isTold;
  }

  /** Records that a note reports the omission. */
  told(): void {
    this.#isTold = true;
  }

  /** How many steps are left. */
  get left(): number {
    return this.#steps;
  }

  /** Takes up to `steps` steps. Returns how many it took. */
  take(steps: number): number {
    const taken = Math.min(steps, this.#steps);
    this.#steps -= taken;
    if (taken < steps) this.#isOver = true;
    return taken;
  }

  /** Records that something was left out for another reason. */
  exhaust(): void {
    this.take(Number.POSITIVE_INFINITY);
  }

  /** Takes `steps` steps. Returns false if fewer were left. */
  spend(steps: number): boolean {
    return this.take(steps) === steps;
  }

  /** The text, cut if the budget does not suffice. */
  text(text: string): string {
    const length = this.#takeCharacters(text.length);
    return length === text.length ? text : `${text.slice(0, length)}${CUT}`;
  }

  /** How many of `size` bytes may be written. */
  bytes(size: number): number {
    return this.#takeCharacters(size);
  }

  #takeCharacters(wanted: number): number {
    const taken = Math.min(wanted, this.#characters);
    this.#characters -= taken;
    if (taken < wanted) this.#isOver = true;
    return taken;
  }
}
