// State that exists once per process, even if the package is loaded several times: as ESM and CommonJS, from two
// folders, or in two versions. The copies find it on globalThis, and so share the claimed descriptors, the watchdog,
// the order of notifications, and the state of readyd/auto. A worker thread has its own globalThis, and so its own
// state.
//
// Another copy, perhaps an older one, may have created the state. So use only the members of a value: no `instanceof`,
// and no private fields except through the value's own methods.

/** One symbol for all versions; only the number in a slot's name changes. */
const MARK: unique symbol = Symbol.for('readyd.process');

/** A name, and the version of its value's shape. A changed shape gets the next number. */
export type Slot = `${string}@${number}`;

interface Marked {
  [MARK]?: Map<Slot, object>;
}

/**
 * The value of a slot, the same object for every copy of the package in this thread. The first caller creates it.
 *
 * @example const shared = processWide('watchdog@1', (): { running?: Heartbeat } => ({}));
 */
export function processWide<T extends object>(slot: Slot, make: () => T): T {
  const slots = marked();
  const found = slots.get(slot);
  if (found !== undefined) return found as T; // the number in the slot guarantees the shape
  const made = make();
  slots.set(slot, made);
  return made;
}

function marked(): Map<Slot, object> {
  const holder = globalThis as typeof globalThis & Marked; // what the symbol leads to is ours alone
  const found = holder[MARK];
  if (found !== undefined) return found;
  const slots = new Map<Slot, object>();
  // Not enumerable, so that programs that list, copy or freeze globals do not see it.
  Object.defineProperty(holder, MARK, { value: slots });
  return slots;
}
