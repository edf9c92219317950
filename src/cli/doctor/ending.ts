// How the last run of a service failed: the command, its code or signal, and the phase. Uses the unit's properties for
// the run that they describe, and systemd's log for an earlier run.
import type { ExecCommand } from './commands.ts';
import type { Facts, Properties } from './facts.ts';
import { signalName } from './signals.ts';

export interface ServiceEnding {
  /** `exit-code`, `timeout`, `watchdog`… systemctl(1), Result */
  readonly result: string;
  /** Undefined if the failure came before any command. */
  readonly command: ExecCommand | undefined;
  readonly code: ExecCommand['code'];
  readonly status: number;
  readonly phase: 'before READY=1' | 'while it ran' | 'while it stopped';
  /** The output of the service in that run. */
  readonly words: readonly string[];
  /** systemd's log messages about that run, without the name of the unit. */
  readonly log: readonly string[];
  /** Whether another run has started since. */
  readonly over: boolean;
}

const EXITED = /^(Main|Control) process exited, code=(exited|killed|dumped), status=(\d+)/;
const RESULT = /^Failed with result '(.*)'/;

/** Undefined if no recent run has failed. */
export function endingOf(facts: Facts): ServiceEnding | undefined {
  const { unit } = facts;
  if (unit === undefined) return undefined;
  const down = unit.ActiveState === 'failed' || (unit.SubState ?? '').startsWith('auto-restart');
  const again = Number(unit.NRestarts ?? '0') > 0 && !down && unit.ActiveState !== 'inactive';
  if (!down && !again) return undefined;
  const run = down ? unit.InvocationID : lastFailed(facts);
  if (again && run === undefined) return undefined;
  const log = logOf(facts, run ?? '');
  const told = log.map((line) => EXITED.exec(line)).find((match) => match !== null);
  const result = log.map((line) => RESULT.exec(line)?.[1]).findLast((one) => one !== 'start-limit-hit' && one) ?? '';
  const shown = unit.Result === 'start-limit-hit' || again ? result : (unit.Result ?? '');
  const command = failed(facts, log, told?.[1], Number(told?.[3]));
  const main = command === undefined || command.setting === 'ExecStart';
  const props = down && main ? fromProperties(unit) : undefined;
  return {
    result: shown || result,
    command,
    code: (told?.[2] as ExecCommand['code'] | undefined) ?? props?.code ?? command?.code ?? '',
    status: told === undefined ? (props?.status ?? command?.status ?? 0) : Number(told[3]),
    phase: phaseOf(unit, log, down),
    words: wordsOf(facts, run ?? ''),
    log,
    over: !down,
  };
}

/**
 * journald does not know the run of a program that has exited before it looked: such a message belongs to the run during
 * which it was written.
 */
function wordsOf({ messages }: Facts, run: string): string[] {
  const first = messages.findIndex((one) => one.run === run);
  const last = messages.findLastIndex((one) => one.run === run);
  return messages
    .filter((one, at) => !one.fromManager && (one.run === run || (one.run === '' && at > first && at < last)))
    .map(({ text }) => text);
}

function logOf({ messages, subject }: Facts, run: string): string[] {
  return messages
    .filter(({ fromManager, run: its }) => fromManager && its === run)
    .map(({ text }) => (text.startsWith(`${subject}: `) ? text.slice(subject.length + 2) : text));
}

/** The run before the current one; older runs are ignored. */
function lastFailed({ messages, unit, subject }: Facts): string | undefined {
  const failures = messages.filter(
    ({ text, fromManager, run }) =>
      fromManager && run !== unit?.InvocationID && text.startsWith(`${subject}: Failed with result '`),
  );
  return failures.at(-1)?.run;
}

const CODES: Readonly<Record<string, ExecCommand['code']>> = { '1': 'exited', '2': 'killed', '3': 'dumped' };

function fromProperties(unit: Properties): { code: ExecCommand['code']; status: number } {
  return { code: CODES[unit.ExecMainCode ?? ''] ?? '', status: Number(unit.ExecMainStatus ?? '0') };
}

function hasFailed({ code, status, ignoresErrors }: ExecCommand): boolean {
  return code !== '' && !(code === 'exited' && status === 0) && !ignoresErrors;
}

/** The command that systemd logged first; without access to the journal, the command that ran first. */
function failed(
  facts: Facts,
  log: readonly string[],
  told: string | undefined,
  status: number,
): ExecCommand | undefined {
  const { commands, unit = {} } = facts;
  const start = commands.filter(({ setting }) => setting === 'ExecStart').at(-1);
  if (told === 'Main') return start;
  const others = commands.filter((command) => command.setting !== 'ExecStart' && hasFailed(command));
  if (told === 'Control')
    return others.find((one) => one.status === status) ?? others[0] ?? byPhase(commands, unit, log);
  const before = others.find(({ setting }) => /^Exec(Condition|StartPre|StartPost)$/.test(setting));
  if (before !== undefined) return before;
  return start?.code === '' && others.length > 0 ? others[0] : start;
}

/** Guesses by the phase: after daemon-reload systemd no longer knows how the other commands ended. */
function byPhase(commands: readonly ExecCommand[], unit: Properties, log: readonly string[]): ExecCommand | undefined {
  const at = (name: string) => Number(unit[name] ?? '0');
  const ran = at('ExecMainStartTimestampMonotonic') >= at('InactiveExitTimestampMonotonic');
  const stopped = log.some((line) => STOPPED.test(line));
  const settings = stopped ? ['ExecStop', 'ExecStopPost'] : [ran ? 'ExecStartPost' : 'ExecStartPre', 'ExecCondition'];
  return settings.map((setting) => commands.find((one) => one.setting === setting)).find((one) => one !== undefined);
}

const STOPPED = /^Stopping |^State 'stop-sigterm' timed out/;

function phaseOf(unit: Properties, log: readonly string[], down: boolean): ServiceEnding['phase'] {
  const at = (name: string) => Number(unit[name] ?? '0');
  const first = log.findIndex((line) => EXITED.test(line) || RESULT.test(line));
  const before = log.slice(0, first < 0 ? undefined : first);
  if (before.some((line) => STOPPED.test(line))) return 'while it stopped';
  const entered = at('ActiveEnterTimestampMonotonic');
  const active = down ? entered > 0 && entered >= at('InactiveExitTimestampMonotonic') : false;
  // A oneshot service is a job, and sends no READY.
  const ran = active || unit.Type === 'oneshot' || before.some((line) => line.startsWith('Started '));
  return ran ? 'while it ran' : 'before READY=1';
}

/** `exit code 1`, or `SIGKILL`. */
export function nameOfEnd({ code, status }: Pick<ServiceEnding, 'code' | 'status'>): string {
  return code === 'killed' || code === 'dumped' ? signalName(status) : `exit code ${status}`;
}

/** The matching line of systemd's log, as evidence; otherwise the property. */
export function seen({ log, result }: ServiceEnding, pattern: RegExp): string {
  const line = log.find((one) => pattern.test(one));
  return line === undefined ? `property: Result=${result}` : `systemd: ${line}`;
}
