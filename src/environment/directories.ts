// The directories that systemd created for the service.
import { checkAbsolutePath } from './absolute-path.ts';

/** The directories of a unit, by purpose; a list is empty if the unit does not configure it. */
export interface Directories {
  /** `RuntimeDirectory=`, below /run: removed when the service stops. */
  readonly runtime: readonly string[];
  /** `StateDirectory=`, below /var/lib. */
  readonly state: readonly string[];
  /** `CacheDirectory=`, below /var/cache. */
  readonly cache: readonly string[];
  /** `LogsDirectory=`, below /var/log. */
  readonly logs: readonly string[];
  /** `ConfigurationDirectory=`, below /etc. */
  readonly configuration: readonly string[];
}

/**
 * The directories that systemd created for the service, with the right owner, in the order of the unit's lines. All
 * empty off systemd. Each list is read from its variable on access, and throws SystemdError `SD_ERR_INVALID_ENV` if the
 * variable contains anything but absolute, normalized paths.
 * @see `RuntimeDirectory=` in systemd.exec(5)
 */
export const directories: Directories = Object.freeze({
  get runtime() {
    return read('RUNTIME_DIRECTORY');
  },
  get state() {
    return read('STATE_DIRECTORY');
  },
  get cache() {
    return read('CACHE_DIRECTORY');
  },
  get logs() {
    return read('LOGS_DIRECTORY');
  },
  get configuration() {
    return read('CONFIGURATION_DIRECTORY');
  },
});

function read(variable: string): readonly string[] {
  const value = process.env[variable];
  if (value === undefined) return Object.freeze([]);
  return Object.freeze(value.split(':').map((path) => checkAbsolutePath(variable, path, value)));
}
