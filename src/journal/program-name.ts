// The default of SYSLOG_IDENTIFIER=: the unit's name, or else the program's. One name for all threads of a program, so that
// `journalctl -t` finds what its worker threads log, too.
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { journalConnected } from '../environment/journal-stream.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { unitName } from '../environment/unit-name.ts';
import { attempt } from './unreadable.ts';

/**
 * `app@1` for `app@1.service`; the program's name where systemd has not started it. A script is called index.js or main.js
 * in many services, and the unit's name is the one that people know.
 */
export function identifier(): string {
  return (isOfService() ? unitName()?.replace(/\.service$/, '') : undefined) ?? programName();
}

/** What is typed into a terminal runs in a unit as well, such as that of the terminal. */
function isOfService(): boolean {
  return process.env.SYSTEMD_EXEC_PID === String(process.pid) || journalConnected() !== undefined;
}

/** The name of the program's script, without `.js` and its like, or of the executable without a script. */
export function programName(): string {
  if (isMainThread()) return nameOf(process.argv[1] ?? process.execPath);
  // Here process.argv names the worker's own file, or '[worker eval]'.
  const commandLine = attempt(() => readFileSync('/proc/self/cmdline', 'utf8')) ?? '';
  return nameOf(mainScript(commandLine) ?? (process.title || process.execPath));
}

function nameOf(script: string): string {
  // Whole, for `node .` is known by its folder.
  const name = basename(resolve(script)).replace(/\.[cm]?[jt]sx?$/, '');
  // No identifier has control characters, and a file or a title may.
  return name === '' ? 'node' : name.replace(/[\u0000-\u001f\u007f]/g, '_');
}

/** The first argument that is none of the runtime's own; undefined where a title has overwritten the command line. */
function mainScript(commandLine: string): string | undefined {
  const [, ...args] = commandLine.split('\0');
  const options = process.execArgv;
  const own = options.every((option, index) => args[index] === option) ? options.length : 0;
  const [first, second] = args.slice(own).filter((argument) => argument !== '' && !argument.startsWith('-'));
  return first === 'run' && hasCommands() ? second : first;
}

/** Node has no command in front of the script; Bun and Deno have `run`. */
function hasCommands(): boolean {
  return 'bun' in process.versions || 'deno' in process.versions;
}
