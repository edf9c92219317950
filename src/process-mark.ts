// State that exists once in a process, although the package can be loaded more than once: as a module and as CommonJS, from
// two folders, or in two versions. The copies find it on globalThis, and so share the claimed descriptors, the watchdog, the
// order of notifications, and what readyd/auto owns. A worker thread has a globalThis, and so a state, of its own.
//
// What a copy finds there was made by another one, perhaps an older one. So a value is used by its members alone: no
// `instanceof`, and no private field of a class except through its own methods.

/** One symbol for all versions: the number in the name of a slot is what changes. */
const MARK: unique symbol = Symbol.for('readyd.process');

/** A name, and the version of the shape that its value has. A changed shape takes the next number. */
export type Slot = `${string}@${number}`;

interface Marked {
  [MARK]?: Map<Slot, object>;
}

/**
 * The value of a slot, the same object for every copy of the package in this thread. The first caller makes it.
 *
 * @example const shared = processWide('watchdog@1', (): { running?: Heartbeat } => ({}));
 */
export function processWide<T extends object>(slot: Slot, make: () => T): T {
  const slots = marked();
  const found = slots.get(slot);
  if (found !== undefined) return found as T; // whoever made it kept to the shape that the number stands for
  const made = make();
  slots.set(slot, made);
  return made;
}

function marked(): Map<Slot, object> {
  const holder = globalThis as typeof globalThis & Marked; // what the symbol leads to is ours alone
  const found = holder[MARK];
  if (found !== undefined) return found;
  const slots = new Map<Slot, object>();
  // Hidden from programs that list, copy or freeze what is global.
  Object.defineProperty(holder, MARK, { value: slots });
  return slots;
}
