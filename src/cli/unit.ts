// `readyd unit`: writes the unit files for a Node program.
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Flags, parseFlags } from './unit/command-line.ts';
import { type GeneratedFiles, unitFiles } from './unit/files.ts';
import { writeFiles } from './unit/folder.ts';
import { notesOn } from './unit/notes.ts';
import { defineUnit, lookAtProgram } from './unit/options.ts';
import { askForUnit } from './unit/questions.ts';
import type { Speech } from './unit/speech.ts';
import { UsageError } from './unit/usage.ts';

const HELP = `usage: readyd unit [OPTION…] PROGRAM [-- ARGUMENT…]

Writes the systemd units for a Node program. On a terminal, without arguments, it asks for the values.

  --name NAME            the name of the unit; the program's name by default; 'app@' for a template, where %i
                         is the instance in arguments, --env, --listen and folders
  --type TYPE            notify, notify-reload, exec, simple, oneshot; by default, what the program imports decides
  --description TEXT     the text that systemctl status shows
  --listen [NAME=]ADDRESS  a socket that systemd binds: 8080, 127.0.0.1:8080, [::1]:8080,
                         /path.sock, @abstract, udp:8080 (repeatable)
  --watchdog TIME        restart the service when it hangs for this time: 30s
  --auto                 load readyd/auto before the program: it needs no line for systemd
  --reload               the program reloads on SIGHUP: Type=notify-reload from systemd 253 on
  --fd-store N           how many descriptors the service may keep over a restart
  --state NAME, --cache NAME, --logs NAME, --runtime NAME, --configuration NAME
                         folders for the service; '--state=' uses the service's name (repeatable)
  --credential NAME[:PATH]  a secret, from a file (repeatable)
  --run-as NAME          a user that exists; by default, systemd creates one (DynamicUser=yes)
  --user                 a unit for the service manager of a user: systemctl --user
  --env NAME=VALUE       add to the environment (repeatable)
  --node PATH            the path of Node; by default, the Node that runs this command
  --systemd VERSION      the version to write for; by default, that of this machine
  -o, --output FOLDER    write the files there instead of showing them
  --force                replace files that exist
  --help

The exit code is 0, 1 if a file cannot be written, or 2 if the command line is invalid.
`;

/** The terminal that main() uses. */
export interface Terminal {
  readonly cwd: string;
  readonly isInteractive: boolean;
  out(text: string): void;
  err(line: string): void;
  ask(question: string): Promise<string>;
}

/** Resolves to the exit code: 0; 1 if a file could not be written; 2 for an invalid command line. */
export async function main(args: string[], terminal: Terminal = realTerminal()): Promise<number> {
  try {
    const asked = args.length === 0 && terminal.isInteractive;
    const flags = parseFlags(asked ? await askForUnit(terminal.ask, terminal.err, lookFrom(terminal)) : args);
    if (flags.help === true) terminal.out(HELP);
    else deliver(flags, terminal);
    return 0;
  } catch (error) {
    terminal.err(`readyd unit: ${(error as Error).message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function lookFrom({ cwd }: Terminal): (program: string) => Speech {
  return (program) => lookAtProgram(program, { cwd, node: process.execPath });
}

function deliver(flags: Flags, terminal: Terminal): void {
  const definition = defineUnit(flags, { cwd: terminal.cwd, node: process.execPath, systemd: systemdVersion });
  const files = unitFiles(definition);
  for (const note of notesOn(definition)) terminal.err(note);
  if (flags.output === undefined) {
    terminal.out(show(files));
    return;
  }
  const folder = resolve(terminal.cwd, flags.output);
  writeFiles(files, folder, flags.force === true);
  for (const file of files.keys()) terminal.err(`wrote ${join(folder, file)}`);
  // Sockets first: a request that arrives before the service is running starts it.
  const units = [...files.keys()]
    .reverse()
    .map((file) => file.replace('@.', '@NAME.'))
    .join(' ');
  const systemctl = definition.manager === 'user' ? 'systemctl --user' : 'systemctl';
  terminal.err(`then: ${systemctl} daemon-reload && ${systemctl} enable --now ${units}`);
}

/** In the format of `systemctl cat`. */
function show(files: GeneratedFiles): string {
  return [...files].map(([file, content]) => `# ${file}\n${content}`).join('\n');
}

function systemdVersion(): number | undefined {
  try {
    const text = execFileSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000, stdio: 'pipe' });
    return Number(/^systemd (\d+)/.exec(text)?.[1] ?? Number.NaN) || undefined;
  } catch {
    return undefined; // a machine without systemd, such as a developer's
  }
}

function realTerminal(): Terminal {
  return {
    cwd: process.cwd(),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    out: (text) => void process.stdout.write(text),
    err: (line) => console.error(line),
    // stdout is for the unit files.
    ask: askOnTerminal,
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const end = new AbortController();
  // Ctrl-D and Ctrl-C abort the questions, which would otherwise wait forever.
  lines.once('close', () => end.abort());
  lines.once('SIGINT', () => lines.close());
  try {
    return await lines.question(question, { signal: end.signal });
  } catch (error) {
    throw new Error('no unit was written', { cause: error });
  } finally {
    lines.close();
  }
}
