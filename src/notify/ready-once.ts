// Sends READY only once: readyd/auto sends it for a program that may also send it, with this package or another copy.
import { processWide } from '../process-mark.ts';
import type { NotifyState } from './state.ts';

interface Ready {
  /** Which of them sent it first. */
  by: 'auto' | 'program' | undefined;
  /** RELOADING was sent, and the next READY ends the reload. */
  reloading: boolean;
}

const shared = processWide('ready@1', (): Ready => ({ by: undefined, reloading: false }));

export function readySaidBy(): Ready['by'] {
  return shared.by;
}

/** readyd/auto calls this right after its READY. */
export function claimReady(): void {
  shared.by = 'auto';
}

/** The state of a program without a redundant READY. */
export function withoutSecondReady(state: NotifyState): NotifyState {
  if (state.reloading === true) shared.reloading = true;
  if (state.ready !== true) return state;
  const second = shared.by === 'auto' && !shared.reloading;
  shared.reloading = false;
  if (!second) {
    shared.by ??= 'program';
    return state;
  }
  const { ready: _, ...rest } = state;
  return rest;
}
