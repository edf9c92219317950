// What a child must not inherit: a child that speaks for the service flips its state, or takes descriptors for its own
// that it does not have. (systemd/systemd#27291)
import { checkObject, readable } from '../arguments.ts';

/**
 * Whether a variable is part of what systemd and its main process say to each other. By its beginning, so that a
 * variable of a newer systemd is among them.
 */
export function isPrivate(variable: string): boolean {
  return /^(?:NOTIFY_|LISTEN_|WATCHDOG_|FDSTORE$)/.test(variable);
}

/**
 * A copy of an environment to start a child with: without the variables that begin with `NOTIFY_`, `LISTEN_` and
 * `WATCHDOG_`, and without `FDSTORE`. They are meant for the main process alone. (So name your own `PORT`, not
 * `LISTEN_PORT`.)
 *
 * @param env - default `process.env`.
 * @example
 * ```ts
 * spawn('worker', { env: childEnv() });
 * ```
 * @throws TypeError `SD_ERR_INVALID_ARG`.
 * @see systemd.exec(5), "Environment variables in spawned processes"
 */
export function childEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const what = 'childEnv(): the environment';
  const given = checkObject(what, env);
  return Object.fromEntries<string | undefined>(
    readable(what, () => Object.entries(given)).filter(([variable]) => !isPrivate(variable)),
  );
}
