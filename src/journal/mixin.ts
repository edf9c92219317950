// Fields that a function of the program adds to each entry.
import { withNote } from './field-value.ts';
import { unreadable } from './unreadable.ts';

/** Called for each written entry; its result becomes fields of the entry. */
export type Mixin = () => unknown;

/** Set while the mixin runs: entries that the mixin logs must not call it again. */
let asking = false;

/** Never throws. Undefined if there is nothing to add. */
export function mixIn(mixin: Mixin): unknown {
  if (asking) return undefined;
  asking = true;
  try {
    return mixin() ?? undefined;
  } catch (error) {
    return withNote({}, `the mixin failed: ${unreadable(error)}`);
  } finally {
    asking = false;
  }
}
