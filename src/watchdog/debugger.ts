// Whether a debugger may be attached to this process: a breakpoint stops the main loop, and with it the pings.
// https://nodejs.org/api/inspector.html#inspectorurl

/** How often to check, in milliseconds: a person needs longer from opening an inspector to hitting a breakpoint. */
export const LOOK_MS = 1000;

/**
 * The address of the inspector, after `--inspect`, SIGUSR1, or `inspector.open()`. Does not import Node's module,
 * because that would delay the start of the service by a millisecond.
 */
export function inspectorAddress(): string | undefined {
  if (!process.features.inspector) return undefined;
  return process.getBuiltinModule('node:inspector').url();
}

/** Whether the program was started for debugging: then check immediately. */
export function startedForDebugging(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes('--inspect'));
}
