// The message of a service that cannot notify its manager because the addon does not load.

import { native } from '../native.ts';
import { reason } from '../notify/failure.ts';

/**
 * Why the addon does not load where a manager waits for READY, in one line: each line of a service's stderr is an entry
 * of its own. Without this, the manager would wait until TimeoutStartSec=. Undefined where all is well.
 */
export function addonFailure(): string | undefined {
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
