// A command, the start, the stop or the whole run has exceeded its time limit.
import { type ServiceEnding, seen } from './ending.ts';
import type { Facts, Finding } from './facts.ts';
import { readyNotSent } from './ready-not-sent.ts';
import { STARTING_RULES } from './rules-start.ts';

const TIMED_OUT = /^(start-pre|start-post|reload|stop-post|start|stop) operation timed out/;

export function timeoutFinding(ending: ServiceEnding, facts: Facts): Finding | undefined {
  if (ending.result !== 'timeout') return undefined;
  const { log } = ending;
  const step = log.map((line) => TIMED_OUT.exec(line)?.[1]).find(Boolean);
  if (log.some((line) => /reached runtime time limit/.test(line)))
    return {
      id: 'runtime-limit',
      severity: 'error',
      what: 'systemd stopped the service, because it ran as long as it may',
      why: `RuntimeMaxSec=${facts.unit?.RuntimeMaxUSec}`,
      evidence: seen(ending, /reached runtime time limit/),
      change: 'RuntimeMaxSec=infinity, or a longer time',
    };
  if (step === 'start-pre' || step === 'start-post') {
    const setting = step === 'start-pre' ? 'ExecStartPre' : 'ExecStartPost';
    return {
      id: 'command-timed-out',
      severity: 'error',
      what: `${setting}= did not end in time`,
      why: `TimeoutStartSec=${facts.unit?.TimeoutStartUSec} limits each command of the start`,
      evidence: seen(ending, TIMED_OUT),
      change: `correct that command, or a longer TimeoutStartSec=`,
    };
  }
  const stopped = ending.phase === 'while it stopped' || log.some((line) => line.startsWith("State 'stop"));
  if (stopped && step !== 'start')
    return {
      id: 'stop-timeout',
      severity: 'error',
      what: `the program did not end in time after ${facts.unit?.KillSignal === '2' ? 'SIGINT' : 'SIGTERM'}, and systemd killed it`,
      why: `TimeoutStopSec=${facts.unit?.TimeoutStopUSec}: the program ignores the signal, or something keeps it busy`,
      evidence: seen(ending, /^State 'stop.*timed out|^Killing process/),
      change: 'end on SIGTERM, as service() does: close servers and timers; or a longer TimeoutStopSec=',
    };
  const cause = STARTING_RULES.map((rule) => rule(facts)).find((found) => found !== undefined);
  return cause ?? { ...readyNotSent(facts, false), evidence: seen(ending, TIMED_OUT) };
}
