// $FDSTORE: how many descriptors the service manager keeps for this unit.
import { invalidEnvironment } from '../errors.ts';
import { parseInteger } from './integer.ts';

const UINT32_MAX = 4_294_967_295n;

/**
 * 0 if the unit has no store, and before systemd 254, which does not set the variable.
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 * @see systemd.exec(5)
 */
export function readFdStore(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.FDSTORE;
  if (text === undefined) return 0;
  const capacity = parseInteger(text, 0n, UINT32_MAX);
  if (typeof capacity === 'bigint') return Number(capacity);
  throw invalidEnvironment('FDSTORE', text, `${capacity}; it must be a number of descriptors`);
}
