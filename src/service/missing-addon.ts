// The message of a service that cannot notify its manager because the addon does not load.

import { native } from '../native.ts';
import { reason } from '../notify/failure.ts';

/**
 * Why the addon does not load while a manager waits for READY. One line, because each line of a service's stderr
 * becomes an entry. Without this check the manager would wait until TimeoutStartSec=. Undefined if the addon loads.
 */
export function missingAddon(): string | undefined {
  if (process.env.NOTIFY_SOCKET === undefined) return undefined;
  try {
    native();
    return undefined;
  } catch (error) {
    const [first, ...lines] = reason(error).split('\n');
    const todo = lines.at(-1);
    const attempts = lines.slice(0, -1).map((line) => line.trim());
    return `${first} ${attempts.join(', ')}. ${todo}`;
  }
}
