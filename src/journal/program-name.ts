// The default of SYSLOG_IDENTIFIER=: the unit's name, or else the program's. The same for all threads, so that
// `journalctl -t` also finds the entries of worker threads.
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { journalConnected } from '../environment/journal-stream.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { unitName } from '../environment/unit-name.ts';
import { attempt } from './unreadable.ts';

/**
 * `app@1` for `app@1.service`; the program's name if systemd did not start it. Many services call their script index.js
 * or main.js, so the unit's name is more useful.
 */
export function identifier(): string {
  return (isOfService() ? unitName()?.replace(/\.service$/, '') : undefined) ?? programName();
}

/** A command in a terminal also runs in a unit, such as the terminal's. */
function isOfService(): boolean {
  return process.env.SYSTEMD_EXEC_PID === String(process.pid) || journalConnected() !== undefined;
}

/** The name of the program's script without `.js` and similar, or of the executable if there is no script. */
export function programName(): string {
  if (isMainThread()) return nameOf(process.argv[1] ?? process.execPath);
  // In a worker thread process.argv contains the worker's file, or '[worker eval]'.
  const commandLine = attempt(() => readFileSync('/proc/self/cmdline', 'utf8')) ?? '';
  return nameOf(mainScript(commandLine) ?? (process.title || process.execPath));
}

function nameOf(script: string): string {
  // Resolved, because `node .` gets its name from the folder.
  const name = basename(resolve(script)).replace(/\.[cm]?[jt]sx?$/, '');
  // A file name or a title may contain control characters, which an identifier must not.
  return name === '' ? 'node' : name.replace(/[\u0000-\u001f\u007f]/g, '_');
}

/** The first argument that is not an option of the runtime; undefined if a title has overwritten the command line. */
function mainScript(commandLine: string): string | undefined {
  const [, ...args] = commandLine.split('\0');
  const options = process.execArgv;
  const own = options.every((option, index) => args[index] === option) ? options.length : 0;
  const [first, second] = args.slice(own).filter((argument) => argument !== '' && !argument.startsWith('-'));
  return first === 'run' && hasCommands() ? second : first;
}

/** Bun and Deno have a command `run` before the script; Node has none. */
function hasCommands(): boolean {
  return 'bun' in process.versions || 'deno' in process.versions;
}
