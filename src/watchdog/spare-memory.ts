// A thread that has just started holds two megabytes of garbage, and one that does next to nothing never collects them.

/** V8 before 14. In a later one, whose threads start smaller, the same ends the thread as being out of memory. */
const V8_BEFORE = 14;
/** More than any processor can address, so that nothing is ever reserved. */
const IMPOSSIBLE_BYTES = 2 ** 50;

/**
 * Has V8 collect the garbage of this thread and give back the pages: it does so before it says that there is no room for
 * a buffer. Takes this thread 20 ms. On Node 20, which refuses the size at once, nothing happens.
 * @returns whether V8 was asked.
 */
export function giveBackMemory(v8: string = process.versions.v8): boolean {
  if (Number.parseInt(v8, 10) >= V8_BEFORE) return false;
  try {
    // As in ES2024, which the types are too old for.
    Reflect.construct(ArrayBuffer, [0, { maxByteLength: IMPOSSIBLE_BYTES }]);
  } catch {
    return true;
  }
  return false;
}
