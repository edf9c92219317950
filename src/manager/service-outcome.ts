// $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS for ExecStop= and ExecStopPost=: systemd.exec(5)
import type { UnitFrame } from './unit-frame.ts';

export function outcomeOf({ state, result, exit }: UnitFrame): Readonly<Record<string, string>> | undefined {
  if (state !== 'stop' && state !== 'stop-post') return undefined;
  if (exit === undefined) return { SERVICE_RESULT: result };
  const { code, signal } = exit;
  return {
    SERVICE_RESULT: result,
    EXIT_CODE: signal === null ? 'exited' : 'killed',
    EXIT_STATUS: signal?.slice('SIG'.length) ?? String(code ?? 0),
  };
}
