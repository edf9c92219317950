// `readyd doctor`: finds out why a service does not work, and what to change.
import { parseArgs } from 'node:util';
import { printable, printableJson } from '../printable-text.ts';
import { diagnose } from './doctor/diagnose.ts';
import type { Finding } from './doctor/facts.ts';
import { type DoctorRequest, gather } from './doctor/gather.ts';
import { describe, forUser } from './doctor/report.ts';
import { isTemplate, noInstance } from './doctor/template.ts';
import { watchStart } from './doctor/watch-start.ts';

const HELP = `usage: readyd doctor [OPTION…] [UNIT]

Finds out why a service does not work, and what to change. Without a unit, it examines the service in which it runs.
If it runs in no service, it examines its own environment variables, such as NOTIFY_SOCKET.

  --watch  wait for the next start of the unit, show it step by step, then report the fault
  --json   print the findings as JSON
  --user   examine a unit of this user's service manager
  --help

The exit code is 0 without findings, 1 with findings, or 2 if the command line is invalid or systemd does not answer.
`;

/** Resolves with the exit code. */
export async function main(args: string[]): Promise<number> {
  const options = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    user: { type: 'boolean' },
    watch: { type: 'boolean' },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
    if (parsed.positionals.length > 1) throw new Error('expected one unit');
    checkUnit(parsed.positionals[0]);
    if (parsed.values.watch && parsed.positionals.length === 0) throw new Error('--watch needs the name of a unit');
  } catch (error) {
    console.error(`readyd doctor: ${(error as Error).message.split('. ')[0]}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const request = {
    unit: positionals[0] === undefined ? undefined : unitName(positionals[0]),
    user: values.user ?? false,
  };
  if (values.watch && request.unit !== undefined) await watchStart(request, request.unit, say);
  return report(request, values.json ?? false);
}

function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

function report(request: DoctorRequest, json: boolean): number {
  if (isTemplate(request.unit)) return deliver(request.unit, [noInstance(request, request.unit)], request, json);
  const facts = gather(request);
  if (request.unit !== undefined && facts.unit === undefined) {
    console.error(`readyd doctor: systemctl does not answer for ${request.unit}; is systemd running here?`);
    return 2;
  }
  return deliver(facts.subject, diagnose(facts), request, json);
}

function deliver(subject: string, all: readonly Finding[], { user }: DoctorRequest, json: boolean): number {
  const findings = user ? all.map(forUser) : all;
  process.stdout.write(`${json ? printableJson({ subject, findings }, 2) : describe(subject, findings)}\n`);
  return findings.length === 0 ? 0 : 1;
}

function checkUnit(text: string | undefined): void {
  if (text !== undefined && !/^[\w.:@\\][\w.:@\\-]*$/.test(text))
    throw new Error(`'${text}' is not the name of a unit`);
}

function unitName(text: string): string {
  return text.endsWith('.service') ? text : `${text.replace(/\.(socket|timer|path)$/, '')}.service`;
}
