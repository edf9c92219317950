// READY is said once: readyd/auto says it for a program that may say it as well, by this package or another copy of it.
import { processWide } from '../process-mark.ts';
import type { NotifyState } from './state.ts';

interface Ready {
  /** Who has said it first. */
  by: 'auto' | 'program' | undefined;
  /** RELOADING was said, and another READY ends that. */
  reloading: boolean;
}

const shared = processWide('ready@1', (): Ready => ({ by: undefined, reloading: false }));

export function readySaidBy(): Ready['by'] {
  return shared.by;
}

/** To be called by readyd/auto, right after its READY. */
export function claimReady(): void {
  shared.by = 'auto';
}

/** What is left to send of what a program says. */
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
