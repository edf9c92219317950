// Removes variables that a child must not inherit: with them a child could send notifications for the service, or use
// descriptors that it does not have. (systemd/systemd#27291)
import { checkObject, readable } from '../arguments.ts';

/**
 * Whether a variable belongs to the protocol between systemd and the main process. Checks the prefix, to include the
 * variables of newer versions.
 */
export function isPrivate(variable: string): boolean {
  return /^(?:NOTIFY_|LISTEN_|WATCHDOG_|FDSTORE$)/.test(variable);
}

/**
 * A copy of an environment for a child process, without the variables that begin with `NOTIFY_`, `LISTEN_` and
 * `WATCHDOG_`, and without `FDSTORE`: they are only for the main process. (So name your own variable `PORT`, not
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
