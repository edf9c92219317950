// The limit of Node's timers, and a wait. Pure.

/** The longest time of setTimeout(), in milliseconds: 24.8 days. With more, it fires at once. */
export const TIMER_MAX = 2_147_483_647;

/** Waits, and keeps the process alive. Without the module node:timers/promises, which takes time to load. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
