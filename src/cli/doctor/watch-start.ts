// `readyd doctor --watch`: follows the next start of a unit, step by step, until it runs or has failed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type DoctorRequest, propertiesOf, show } from './ask.ts';
import type { Properties } from './facts.ts';

const POLL_MS = 100;

/** Resolves when the current start, or the next one, has ended. */
export async function watchStart(request: DoctorRequest, unit: string, say: (line: string) => void): Promise<void> {
  const look = (): Properties => propertiesOf(show(request, [unit])?.[0] ?? []);
  const before = look();
  const isStarting = before.ActiveState === 'activating' && !hasSettled(before);
  if (!isStarting) say(`waiting for a start: systemctl ${request.user ? '--user ' : ''}restart ${unit}`);
  const began = Date.now();
  const tell = (line: string) => say(`${`+${((Date.now() - began) / 1000).toFixed(3)}`.padStart(9)} s  ${line}`);
  const stop = follow(request, unit, tell);
  try {
    let last = '';
    for (let now = before, started = isStarting; ; now = look()) {
      started ||=
        (now.ActiveState === 'activating' && !hasSettled(now)) ||
        (now.InvocationID ?? '') !== (before.InvocationID ?? '');
      const state = stateOf(now);
      if (started && state !== last) tell(state);
      last = state;
      if (started && hasSettled(now)) return;
      await delay(POLL_MS);
    }
  } finally {
    stop();
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

/** Prints what systemd and the service write to the journal from now on. Returns a function that ends it. */
function follow({ user }: DoctorRequest, unit: string, tell: (line: string) => void): () => void {
  const select = user ? ['--user', '--user-unit'] : ['--unit'];
  const args = ['--follow', '--lines=0', '--output=cat', '--no-pager', '--quiet', ...select, unit];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => undefined); // without a journal only the states are shown
  createInterface({ input: child.stdout }).on('line', (line) => tell(`journal  ${line}`));
  return () => void child.kill('SIGKILL');
}
