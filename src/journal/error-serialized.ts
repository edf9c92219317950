// Restores errors from the output of pino's serializer: type, message and stack including those of the causes, and the
// error's own properties. Pure.
import { errorOf, headingOf } from './error-like.ts';
import { addField } from './field-object.ts';

interface SerializedError {
  readonly message: string;
  readonly type?: unknown;
  readonly name?: unknown;
  readonly stack?: unknown;
  readonly [key: string]: unknown;
}

/** Properties that all errors share; the journal has fields for them. */
const COMMON = new Set(['type', 'name', 'message', 'stack', 'code', 'errno', 'syscall', 'aggregateErrors']);

/** Under the key for errors a message is enough; under any other key a stack is required. */
export function isSerializedError(value: unknown, underErrorKey: boolean): value is SerializedError {
  if (typeof value !== 'object' || value === null) return false;
  const { message, stack } = value as SerializedError; // each is looked at
  return typeof message === 'string' && (typeof stack === 'string' || underErrorKey);
}

/** Adds the error as a field, and its extra properties as fields beside it: `ERROR_STATUS_CODE`. */
export function addSerializedError(fields: Record<string, unknown>, key: string, value: SerializedError): void {
  addField(fields, key, restore(value));
  for (const [own, item] of Object.entries(value)) if (!COMMON.has(own)) addField(fields, `ERROR_${own}`, item);
}

function restore(value: SerializedError): Error {
  const { type, name, code, errno, syscall, aggregateErrors } = value;
  const stack = typeof value.stack === 'string' ? value.stack : undefined;
  return errorOf({
    name: firstText(name, type) ?? 'Error',
    message: ownMessage(value.message, stack),
    stack,
    code,
    errno,
    syscall,
    errors: Array.isArray(aggregateErrors)
      ? aggregateErrors.map((one: unknown) => (isSerializedError(one, true) ? restore(one) : one))
      : undefined,
  });
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string' && value !== '') as string | undefined; // or so find() says
}

/** The message without the messages of the causes, which the stack also contains. */
function ownMessage(message: string, stack: string | undefined): string {
  const own = stack === undefined ? '' : headingOf(stack).message;
  return own !== '' && message.startsWith(own) ? own : message;
}
