// Reports memory pressure early enough to free memory. https://systemd.io/PRESSURE

import { readPressureWatch } from '../environment/pressure.ts';
import { invalidType, quote } from '../errors.ts';
import { watchPressure } from './pressure-source.ts';

/**
 * Calls `handler` whenever memory gets scarce, at most once within the time that the unit sets
 * (`MemoryPressureThresholdSec=`): a good moment to empty caches. Uses `$MEMORY_PRESSURE_WATCH` and
 * `$MEMORY_PRESSURE_WRITE`; without them, the pressure of the own cgroup, or else of the machine, if the kernel allows
 * it. If there is nothing to watch, `handler` is never called. Does not keep the process alive.
 *
 * @returns an object that ends the watch: `using`, or `[Symbol.dispose]()`.
 * @example
 * ```ts
 * const pressure = onMemoryPressure(() => cache.clear());
 * ```
 * @throws TypeError `SD_ERR_INVALID_ARG`.
 * @throws SystemdError `SD_ERR_INVALID_ENV` for a malformed variable, `SD_ERR_NATIVE_UNAVAILABLE`.
 * @throws SyscallError if the file in the variable cannot be opened.
 * @see sd_event_add_memory_pressure(3), `MemoryPressureWatch=` in systemd.resource-control(5)
 */
export function onMemoryPressure(handler: () => void): Disposable {
  if (typeof handler !== 'function') {
    throw invalidType(`onMemoryPressure(): the handler must be a function, not ${quote(handler)}`);
  }
  const watch = readPressureWatch(process.env);
  // Calls the handler without arguments, whatever the source passes.
  const close = watch === undefined ? undefined : watchPressure(watch, () => handler());
  return { [Symbol.dispose]: () => close?.() };
}
