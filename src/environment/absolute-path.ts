// Paths in systemd's variables are absolute and normalized: any other path does not come from systemd.
import { invalidEnvironment } from '../errors.ts';

/** A component that a normalized path does not contain; a trailing slash is allowed. */
const UNNORMALIZED = /\/\/|\/\.\.?(?:\/|$)/;

/**
 * Validates the path in a variable.
 * @throws SystemdError `SD_ERR_INVALID_ENV`; `value` is the whole variable, of which `path` may be a part.
 */
export function checkAbsolutePath(variable: string, path: string, value: string = path): string {
  if (!path.startsWith('/')) throw invalidEnvironment(variable, value, 'it must be an absolute path');
  if (UNNORMALIZED.test(path))
    throw invalidEnvironment(variable, value, 'it must be a path without ".", ".." and "//"');
  return path;
}
