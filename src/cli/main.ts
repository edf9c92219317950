#!/usr/bin/env node
// The command `readyd`: finds the subcommand and loads nothing else.

/** The export of a subcommand: takes its arguments and resolves to the exit code. */
interface Subcommand {
  main(args: string[]): Promise<number>;
}

const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  run: () => import('./run.ts'),
  unit: () => import('./unit.ts'),
  doctor: () => import('./doctor.ts'),
};

const USAGE = `usage: readyd COMMAND [OPTION…]

  run      run a program as systemd would, and show what it sends
  unit     write a .service and a .socket for a Node program
  doctor   find out why a service does not work

readyd COMMAND --help shows the options. readyd --version prints the version.
`;

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name === '--version' || name === '-v' || name === '-V') {
    const { version } = await import('./version.ts');
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const load = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (load === undefined) {
    process.stderr.write(name === '' ? USAGE : `readyd: there is no command '${name}'\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  return await (await load()).main(rest);
}

// Ignored: the reader closed the pipe, such as head(1), or the terminal was closed. Any other error is a failure.
const READER_GONE = ['EPIPE', 'EIO'];

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (READER_GONE.includes(error.code ?? '')) return;
  if (process.exitCode !== EXIT_FAILURE) process.stderr.write(`readyd: cannot write the output: ${error.code}\n`);
  process.exitCode = EXIT_FAILURE;
});
process.stderr.on('error', () => undefined);

// Not process.exit(), because output in a pipe must be written first.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode ||= code;
});
