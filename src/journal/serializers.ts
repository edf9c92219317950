// Serializers, like in pino and Fastify: functions that transform a request or an error before it is written.
import { checkObject } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { isError } from './error-facts.ts';
import { addSerializedError, isSerializedError } from './error-serialized.ts';
import { unreadable } from './unreadable.ts';

/** By field key: converts the value for the entry. If a serializer throws, its error replaces the value. */
export type Serializers = Readonly<Record<string, (value: never) => unknown>>;

/** pino's key for an error that is passed without a key. */
export const ERROR_KEY = 'err';

type Serializer = (value: unknown) => unknown;

/** The serializers of a child: its own, and those of its parent that it does not replace. */
export class SerializerTable {
  readonly #table: Map<string, Serializer>;

  constructor(parent?: SerializerTable) {
    this.#table = new Map(parent === undefined ? [] : parent.#table);
  }

  /** @throws TypeError `SD_ERR_INVALID_ARG` if one is not a function. */
  add(what: string, serializers: unknown): this {
    for (const [key, serializer] of Object.entries(checkObject(what, serializers))) {
      if (typeof serializer !== 'function')
        throw invalidType(`${what}.${key} must be a function, not ${quote(serializer)}`);
      this.#table.set(key, serializer as Serializer); // it takes what has this key
    }
    return this;
  }

  /** The fields after serialization; the same object if no serializer applies. */
  apply(fields: object): object {
    if (isError(fields)) return this.#table.has(ERROR_KEY) ? this.#serialized({ [ERROR_KEY]: fields }) : fields;
    for (const key of this.#table.keys()) if (Object.hasOwn(fields, key)) return this.#serialized(fields);
    return fields;
  }

  #serialized(fields: object): object {
    // Without a prototype, so that `__proto__` is an ordinary key.
    const copy = Object.create(null) as Record<string, unknown>; // it is empty
    for (const key of Object.keys(fields)) {
      const serializer = this.#table.get(key);
      const value = serializer === undefined ? read(fields, key) : call(serializer, read(fields, key));
      // The serialized form of an error gets the same fields as the error itself.
      if (serializer !== undefined && isSerializedError(value, key === ERROR_KEY) && !isError(value)) {
        addSerializedError(copy, key, value);
      } else copy[key] = value;
    }
    return copy;
  }
}

function call(serializer: Serializer, value: unknown): unknown {
  try {
    return value === undefined ? undefined : serializer(value);
  } catch (error) {
    return unreadable(error);
  }
}

function read(fields: object, key: string): unknown {
  try {
    return (fields as Record<string, unknown>)[key];
  } catch (error) {
    return unreadable(error);
  }
}
