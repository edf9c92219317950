// `readyd doctor --watch`: follows the next start of a unit, step by step, until it runs or has failed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type DoctorRequest, propertiesOf, show } from './ask.ts';
import type { Properties } from './facts.ts';

const POLL_MS = 100;
/** The last messages arrive after the state that they explain. No line for this long: they are all here. */
const QUIET_MS = 400;
const LAST_WORDS_MS = 3000;

/** Resolves when the current start, or the next one, has ended. */
export async function watchStart(request: DoctorRequest, unit: string, say: (line: string) => void): Promise<void> {
  const look = (): Properties => propertiesOf(show(request, [unit])?.[0] ?? []);
  const before = look();
  const isStarting = before.ActiveState === 'activating' && !hasSettled(before);
  if (!isStarting) say(`waiting for a start: systemctl ${request.user ? '--user ' : ''}restart ${unit}`);
  const began = Date.now();
  const tell = (line: string) => say(`${`+${((Date.now() - began) / 1000).toFixed(3)}`.padStart(9)} s  ${line}`);
  const journal = follow(request, unit, began, tell);
  try {
    let told = '';
    for (let now = before, started = isStarting; ; now = look()) {
      started ||=
        (now.ActiveState === 'activating' && !hasSettled(now)) ||
        (now.InvocationID ?? '') !== (before.InvocationID ?? '');
      const settled = started && hasSettled(now);
      if (settled) await journal.quiet();
      const state = stateOf(now);
      if (started && state !== told) tell(state);
      if (started) told = state;
      if (settled) return;
      await delay(POLL_MS);
    }
  } finally {
    journal.stop();
  }
}

function stateOf({ ActiveState, SubState, StatusText, MainPID }: Properties): string {
  const pid = MainPID === undefined || MainPID === '0' ? '' : `, main process ${MainPID}`;
  return `${ActiveState} (${SubState})${pid}${StatusText ? `: ${StatusText}` : ''}`;
}

function hasSettled({ ActiveState, LoadState, SubState }: Properties): boolean {
  return (
    LoadState !== 'loaded' ||
    ['active', 'failed', 'inactive'].includes(ActiveState ?? '') ||
    (SubState ?? '').startsWith('auto-restart')
  );
}

interface Followed {
  /** Resolves when no more lines arrive. */
  quiet(): Promise<void>;
  stop(): void;
}

/** Prints what systemd and the service write to the journal since `began`, in milliseconds. */
function follow({ user }: DoctorRequest, unit: string, began: number, tell: (line: string) => void): Followed {
  const select = user ? ['--user', '--user-unit'] : ['--unit'];
  // By time, not from the end of the journal: journalctl may need longer to start than the unit needs to fail.
  const since = ['--no-tail', `--since=@${began / 1000}`];
  const args = ['--follow', ...since, '--output=cat', '--no-pager', '--quiet', ...select, unit];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => undefined); // without a journal only the states are shown
  let latest = Date.now();
  createInterface({ input: child.stdout }).on('line', (line) => {
    latest = Date.now();
    tell(`journal  ${line}`);
  });
  return {
    async quiet() {
      latest = Date.now();
      const end = latest + LAST_WORDS_MS;
      while (Date.now() < Math.min(latest + QUIET_MS, end)) await delay(POLL_MS);
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
