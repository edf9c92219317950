// Values as bytes, cut to a size. Pure.

export type Value = string | Uint8Array;

// Own properties of a subclass may be wrong; the inherited getters read the array itself.
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array; // %TypedArray%.prototype
const inherited = {
  length: inheritedGetter('length'),
  buffer: inheritedGetter('buffer'),
  byteOffset: inheritedGetter('byteOffset'),
};

function inheritedGetter<K extends keyof Uint8Array>(name: K): (() => Uint8Array[K]) | undefined {
  return Object.getOwnPropertyDescriptor(TYPED_ARRAY, name)?.get;
}

function trueLength(bytes: Uint8Array): number {
  return inherited.length?.call(bytes) as number; // every engine has it: ECMAScript, %TypedArray%.prototype.length
}

/** The first `size` characters or bytes of a value, without copying bytes. */
export function firstOf<V extends Value>(value: V, size: number): V;
export function firstOf(value: Value, size: number): Value {
  if (typeof value === 'string') return value.slice(0, size);
  const buffer = inherited.buffer?.call(value) as ArrayBuffer; // as above
  return new Uint8Array(buffer, inherited.byteOffset?.call(value), size);
}

/** The length in UTF-8 for text; a lone surrogate counts as U+FFFD, which replaces it. */
export function byteLength(value: Value): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : trueLength(value);
}

/** A copy of the value as bytes. */
export function toBytes(value: Value): Uint8Array {
  const copy = Buffer.alloc(byteLength(value));
  writeValue(copy, value, 0, copy.length);
  return copy;
}

/** Writes the first `size` bytes of a value; for text, `size` is at a character boundary. Returns the end offset. */
export function writeValue(target: Buffer, value: Value, offset: number, size: number): number {
  if (typeof value === 'string') target.write(value, offset, size);
  // A getter that was read later may have transferred the bytes.
  else if (size > 0)
    Uint8Array.prototype.set.call(target, trueLength(value) > size ? firstOf(value, size) : value, offset);
  return offset + size;
}

/**
 * Removes at least `excess` bytes from the longest values (those at odd indexes) by lowering their `sizes`, for text at
 * character boundaries. Returns how many bytes it removed.
 */
export function fitSizes(values: readonly Value[], sizes: number[], excess: number): number {
  const level = waterLevel(
    sizes.filter((_, index) => index % 2 === 1),
    excess,
  );
  let cut = 0;
  for (const [index, size] of sizes.entries()) {
    if (index % 2 === 0 || size <= level) continue;
    sizes[index] = boundary(values[index] ?? '', level);
    cut += size - (sizes[index] ?? 0);
  }
  return cut;
}

/** The maximum size for each value so that `excess` bytes are removed. */
function waterLevel(sizes: readonly number[], excess: number): number {
  const falling = sizes.toSorted((a, b) => b - a);
  let above = 0;
  for (const [index, size] of falling.entries()) {
    above += size;
    const level = Math.floor((above - excess) / (index + 1));
    if (level >= (falling[index + 1] ?? 0)) return Math.max(0, level);
  }
  return 0;
}

/** The largest size up to `max` that ends at a character boundary. */
function boundary(value: Value, max: number): number {
  if (typeof value !== 'string') return max;
  // One unit is at least one byte, and a split surrogate pair at its end lies after `max`.
  const bytes = Buffer.from(value.slice(0, max + 1));
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
