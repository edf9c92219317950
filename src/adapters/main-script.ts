// The program's script, as seen from a worker thread, where process.argv names the worker's own file.
import { readFileSync } from 'node:fs';
import { programName } from '../journal/program-name.ts';
import { attempt } from '../journal/unreadable.ts';

/** What the main thread is known as: the name of its script, or the title that it has given the process. */
export function mainProgramName(): string {
  const script = mainScript(attempt(() => readFileSync('/proc/self/cmdline', 'utf8')) ?? '');
  return script === undefined ? process.title || programName() : programName(script);
}

/** The first argument that is none of Node's own; undefined where the title has overwritten the command line. */
function mainScript(commandLine: string): string | undefined {
  const [, ...args] = commandLine.split('\0').slice(0, -1);
  const options = process.execArgv;
  const own = options.every((option, index) => args[index] === option) ? options.length : 0;
  return args.slice(own).find((argument) => !argument.startsWith('-'));
}
