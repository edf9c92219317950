// Installs an example in a machine as its README says, with unchanged unit files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../systemd/boot.ts';
import type { Machine } from '../systemd/machine.ts';

/**
 * Copies the files that `npm install` would install: the unit hides the home folders, where a checkout may be. Also copies
 * the programs that a unit names: a minimal system has no procps and so no kill.
 */
const COPY_PROGRAMS = `
to="$2/node_modules/readyd"
mkdir -p "$to/build/Release"
cp -r "$1/package.json" "$1/dist" "$to"
cp "$1/build/Release/readyd.node" "$to/build/Release"
[ "$3" -ef /usr/bin/node ] || cp "$3" /usr/bin/node
[ -e /bin/kill ] || { printf '#!/bin/sh\\nkill "$@"\\n' >/bin/kill && chmod +x /bin/kill; }`;

function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Copies `examples/<name>` with its compiled programs to `folder`, and its units to /etc; returns their names. */
export async function installExample(machine: Machine, name: string, folder: string): Promise<string[]> {
  const root = packageRoot();
  const example = join(root, 'examples', name);
  await machine.exec('sh', ['-c', COPY_PROGRAMS, 'copy', root, folder, process.execPath], { check: true });
  await machine.write(join(folder, 'package.json'), '{ "type": "module" }\n');
  const built = join(root, 'build/examples', name);
  for (const file of filesOf(built)) await machine.write(join(folder, file), readFileSync(join(built, file), 'utf8'));
  const files = filesOf(example).filter((file) => !/\.(?:ts|md)$/.test(file));
  const units = files.filter((file) => /\.(?:service|socket)$/.test(file));
  for (const file of files) {
    const to = units.includes(file) ? '/etc/systemd/system' : folder;
    await machine.write(join(to, file), readFileSync(join(example, file), 'utf8'));
  }
  await machine.systemctl('daemon-reload');
  return units;
}

/** The body of an answer, or its status if that is not 200. */
export async function get(
  machine: Machine,
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = JSON.stringify({ headers: { connection: 'close', ...headers } });
  const script = `
    const answer = await fetch('http://127.0.0.1:8080${path}', ${options});
    process.stdout.write(answer.ok ? await answer.text() : String(answer.status));`;
  return (await machine.exec(process.execPath, ['--input-type=module', '-e', script], { check: true })).stdout;
}

/** The faults that systemd finds in the unit files; empty if there are none. */
export async function verify(machine: Machine, units: readonly string[]): Promise<string> {
  const paths = units.map((unit) => `/etc/systemd/system/${unit}`);
  const { stdout, stderr } = await machine.exec('systemd-analyze', ['verify', '--man=no', ...paths]);
  return stdout + stderr;
}
