// Fields that a function of the program gives for each entry.
import { withNote } from './field-value.ts';
import { unreadable } from './unreadable.ts';

/** Called for each entry that is written; what it returns are fields of it. */
export type Mixin = () => unknown;

/** A mixin may log in turn, which must not ask it again. */
let asking = false;

/** Never throws. Undefined where there is nothing to add. */
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
