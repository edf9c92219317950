// Frees memory: a new thread holds two megabytes of garbage, and a nearly idle thread never collects it.

/** Only before V8 14. In later versions threads start smaller, but the same trick ends the thread as out of memory. */
const V8_BEFORE = 14;
/** More than any CPU can address, so nothing is ever reserved. */
const IMPOSSIBLE_BYTES = 2 ** 50;

/**
 * Makes V8 collect the garbage of this thread and release the pages: it does so before it refuses to allocate a buffer.
 * Takes this thread 20 ms. Has no effect on Node 20, which refuses the size at once.
 * @returns whether the allocation was tried.
 */
export function giveBackMemory(v8: string = process.versions.v8): boolean {
  if (Number.parseInt(v8, 10) >= V8_BEFORE) return false;
  try {
    // ES2024, which the types do not include yet.
    Reflect.construct(ArrayBuffer, [0, { maxByteLength: IMPOSSIBLE_BYTES }]);
  } catch {
    return true;
  }
  return false;
}
