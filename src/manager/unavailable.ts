// Whether the stand-in can run: the protocol needs Linux.
import { existsSync } from 'node:fs';
import { native } from '../native.ts';

/**
 * Why the stand-in is not supported here, in one line; undefined if it is. Made for skipping tests:
 * `describe.skipIf(unavailable())` in vitest, `{ skip: unavailable() }` in `node:test`.
 * @example
 * ```ts
 * test('the service', { skip: unavailable() }, async () => {});
 * ```
 */
export function unavailable(): string | undefined {
  if (process.platform !== 'linux') {
    return `the service manager's protocol needs Linux; this is ${process.platform}`;
  }
  if (!existsSync('/proc/self/stat')) return 'it needs /proc, to tell which processes belong to a service';
  try {
    native();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
