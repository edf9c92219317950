// A shell on a real systemd that nothing else uses: `npm run machine`. It ends with the shell, and leaves nothing behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bootMachine, type Target } from './machine.ts';

const USAGE = `usage: npm run machine -- [--systemd TARGET] [UNIT…] [-- COMMAND…]

Boots a systemd in namespaces of its own, as root, and opens a shell inside.
  --systemd TARGET   host (this machine's version), trixie (257) or sid (262); host by default
  UNIT               a unit file to install; its folder is visible inside, at the same path
  COMMAND            what to run instead of a shell
`;
const TARGETS: readonly string[] = ['host', 'trixie', 'sid'] satisfies readonly Target[];
const PROMPT = 'PS1=[readyd machine] \\w # ';

function isTarget(text: string): text is Target {
  return TARGETS.includes(text);
}

async function main(args: readonly string[]): Promise<number> {
  const split = args.includes('--') ? args.indexOf('--') : args.length;
  const { values, positionals } = parseArgs({
    args: args.slice(0, split),
    options: { systemd: { type: 'string', default: 'host' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const target = values.systemd;
  if (values.help || !isTarget(target)) {
    process.stderr.write(USAGE);
    return values.help ? 0 : 2;
  }
  const units = positionals.map((path) => resolve(process.env.INIT_CWD ?? '', path));
  const machine = await bootMachine({ target, binds: [...new Set(units.map(dirname))] });
  try {
    await machine.install(Object.fromEntries(units.map((path) => [basename(path), readFileSync(path, 'utf8')])));
    const command = args.slice(split + 1);
    if (command.length === 0) {
      process.stderr.write(
        `systemd ${machine.version} runs; 'systemctl', 'journalctl' and 'node' work; 'exit' ends it\n`,
      );
    }
    const [program = 'bash', ...rest] =
      command.length === 0 ? ['env', PROMPT, 'bash', '--norc', '--noprofile'] : command;
    const [file, ...argv] = machine.enter(program, rest, { TERM: process.env.TERM ?? 'dumb' });
    const child = spawn(file, argv, { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    await machine.close();
  }
}

// Ctrl-C ends the program in the shell, not the shell.
process.on('SIGINT', () => undefined);
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`machine: ${error.message}\n`);
    process.exitCode = 1;
  },
);
