// What a unit is made of: everything that was asked for, checked, and nothing of how it is written down.
import type { ListenAddress } from './listen-address.ts';
import type { Shown } from './places.ts';
import type { Speech } from './speech.ts';

export interface Credential {
  readonly name: string;
  /** Absolute; undefined for one that systemd has got itself. */
  readonly path: string | undefined;
}

export type ServiceType = 'notify' | 'notify-reload' | 'exec' | 'simple' | 'oneshot';

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
  /** What Node and the program are in, where the hardening would hide it. */
  readonly shown: readonly Shown[];
  /** The major version of the systemd that is to read it. */
  readonly systemd: number;
  /** `Type=`, as systemd of that version knows it. */
  readonly type: ServiceType;
  /** Whether a reload is a SIGHUP that `ExecReload=` sends; Type=notify-reload sends it by itself. */
  readonly reloadBySignal: boolean;
  /** Which service manager it is for: that of the system, or that of a user. */
  readonly manager: 'system' | 'user';
  /** Whether the exit code 143 is a clean end: that of a program which has no handler for SIGTERM. */
  readonly endsBySigterm: boolean;
  /** What the program was seen to do. */
  readonly speech: Speech;
  readonly listen: readonly ListenAddress[];
  /** As systemd writes times: `30s`. */
  readonly watchdog: string | undefined;
  readonly fdStore: number;
  /** Names of folders by setting, such as `StateDirectory`. */
  readonly directories: Readonly<Record<string, readonly string[]>>;
  readonly credentials: readonly Credential[];
  /** A user that exists; undefined for one that systemd makes up. */
  readonly user: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}
