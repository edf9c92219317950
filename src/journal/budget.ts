// What one entry may cost. A log call is given anything: a graph whose objects are shared is a tree of astronomical size, a
// list may hold one megabyte a thousand times. So all values of an entry draw on one budget, and what is left out is told.
//
// A value that is text or bytes and has its field to itself costs nothing of it: the caller has made all of it, and the
// size of the entry bounds it (entry.ts).

/** Properties, items and objects: ten thousand of them take some milliseconds. */
export const STEPS_MAX = 10_000;
/** Characters of what is written as JSON, as one item of a list, or as part of an error. */
const CHARACTERS_MAX = 1024 * 1024;
/** What stands for the end of a text. */
const CUT = '…';

export class Budget {
  #steps = STEPS_MAX;
  #characters = CHARACTERS_MAX;
  #isOver = false;
  #isTold = false;

  /** Whether something had to be left out, and no note says so yet. */
  get needsNote(): boolean {
    return this.#isOver && !this.#isTold;
  }

  /** A note says so now. */
  told(): void {
    this.#isTold = true;
  }

  /** How many steps there are left. */
  get left(): number {
    return this.#steps;
  }

  /** Takes so many steps, or as many as there are left. Returns how many that is. */
  take(steps: number): number {
    const taken = Math.min(steps, this.#steps);
    this.#steps -= taken;
    if (taken < steps) this.#isOver = true;
    return taken;
  }

  /** Something was left out for another reason. */
  exhaust(): void {
    this.take(Number.POSITIVE_INFINITY);
  }

  /** Takes all of so many steps, or says that there are not as many. */
  spend(steps: number): boolean {
    return this.take(steps) === steps;
  }

  /** The text, or its beginning. */
  text(text: string): string {
    const length = this.#takeCharacters(text.length);
    return length === text.length ? text : `${text.slice(0, length)}${CUT}`;
  }

  /** How many of so many bytes may be written. */
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
