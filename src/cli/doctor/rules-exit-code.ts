// Exit codes that say why a program ended.
import { type ServiceEnding, seen } from './ending.ts';
import type { Finding } from './facts.ts';
import { lastWords } from './last-words.ts';

const UNSETTLED = 13;

/** Node has nothing left to do, and waits for a promise. */
export const unsettled = (ending: ServiceEnding): Finding | undefined =>
  ending.code === 'exited' && ending.status === UNSETTLED && lastWords(ending.words)?.known !== true
    ? {
        id: 'await-not-settled',
        severity: 'error',
        what: `the program ended with exit code ${UNSETTLED} ${ending.phase}: a top-level await was not settled`,
        why: 'nothing else was open that keeps Node running, so nothing could settle it',
        evidence: seen(ending, /^Main process exited/),
        change: 'settle that promise, or keep open what settles it: a server, a timer',
      }
    : undefined;

/** 128 and the number of SIGTERM or SIGINT. */
const SIGNAL_CODES: readonly number[] = [143, 130];

export const stopCode = (ending: ServiceEnding): Finding | undefined =>
  ending.code === 'exited' && ending.phase === 'while it stopped' && SIGNAL_CODES.includes(ending.status)
    ? {
        id: 'stop-exit-code',
        severity: 'error',
        what: `the program ended with exit code ${ending.status} when it was stopped, and counts as failed`,
        why: 'its handler of the signal, or a wrapper, reports the signal as an exit code',
        evidence: seen(ending, /^Main process exited/),
        change: `process.exit(0) in that handler, or SuccessExitStatus=${ending.status}`,
      }
    : undefined;
