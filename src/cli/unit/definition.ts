// The validated content of a unit, independent of its file format.
import type { ListenAddress } from './listen-address.ts';
import type { Shown } from './places.ts';
import type { Speech } from './speech.ts';

export interface Credential {
  readonly name: string;
  /** Absolute; undefined for a credential that systemd already has. */
  readonly path: string | undefined;
}

export type GeneratedType = 'notify' | 'notify-reload' | 'exec' | 'simple' | 'oneshot';

export interface UnitDefinition {
  /** Without `.service`. A template ends in `@`. */
  readonly name: string;
  readonly description: string;
  /** Absolute paths. */
  readonly node: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The file of readyd/auto that Node loads before the program; undefined without --auto. */
  readonly preload: string | undefined;
  readonly workingDirectory: string;
  /** The folders of Node and the program that the hardening would hide. */
  readonly shown: readonly Shown[];
  /** The major version of the target systemd. */
  readonly systemd: number;
  /** `Type=`, as supported by that version of systemd. */
  readonly type: GeneratedType;
  /** Whether `ExecReload=` sends SIGHUP for a reload; with Type=notify-reload systemd sends it. */
  readonly reloadBySignal: boolean;
  /** The service manager: the system's or a user's. */
  readonly manager: 'system' | 'user';
  /** Whether exit code 143 counts as success: the program has no handler for SIGTERM. */
  readonly endsBySigterm: boolean;
  /** The protocol features found in the program. */
  readonly speech: Speech;
  readonly listen: readonly ListenAddress[];
  /** In systemd's format: `30s`. */
  readonly watchdog: string | undefined;
  readonly fdStore: number;
  /** Folder names by setting, such as `StateDirectory`. */
  readonly directories: Readonly<Record<string, readonly string[]>>;
  readonly credentials: readonly Credential[];
  /** An existing user; undefined for a dynamic user. */
  readonly user: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}
