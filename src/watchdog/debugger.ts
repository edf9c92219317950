// Whether a debugger may be attached to this process: a breakpoint stops the main loop, and with it the pings.
// https://nodejs.org/api/inspector.html#inspectorurl

/** How often to look, in milliseconds: between opening an inspector and hitting a breakpoint lies a person. */
export const LOOK_MS = 1000;

/**
 * The address that an inspector listens on: after `--inspect`, SIGUSR1, or `inspector.open()`. Asked without an import:
 * loading Node's module takes a millisecond, which nobody needs to wait for while the service starts.
 */
export function inspectorAddress(): string | undefined {
  if (!process.features.inspector) return undefined;
  return process.getBuiltinModule('node:inspector').url();
}

/** Whether the program was started to be debugged: then the first look cannot wait. */
export function startedForDebugging(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes('--inspect'));
}
