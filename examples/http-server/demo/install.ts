// Installs the example in a machine as its README says, with unchanged unit files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../../test/systemd/machine.ts';

export const SERVICE = 'http-server.service';
export const SOCKET = 'http-server.socket';
export const FOLDER = '/srv/http-server';

/**
 * Copies the files that `npm install` would install: the unit hides the home folders, where a checkout may be. Also copies
 * the programs that the unit names: a minimal system has no procps and so no kill.
 */
const COPY_PROGRAMS = `
to="$2/node_modules/readyd"
mkdir -p "$to/build/Release"
cp -r "$1/package.json" "$1/dist" "$to"
cp "$1/build/Release/readyd.node" "$to/build/Release"
[ "$3" -ef /usr/bin/node ] || cp "$3" /usr/bin/node
[ -e /bin/kill ] || printf '#!/bin/sh\\nkill "$@"\\n' >/bin/kill && chmod +x /bin/kill`;

/** `server` is the compiled server.ts, `root` the folder of the package. */
export async function installExample(machine: Machine, root: string, server: string): Promise<void> {
  const example = join(root, 'examples/http-server');
  const write = async (path: string, from: string): Promise<void> => machine.write(path, await readFile(from, 'utf8'));
  await machine.exec('sh', ['-c', COPY_PROGRAMS, 'copy', root, FOLDER, process.execPath], { check: true });
  await machine.write(join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  await write(join(FOLDER, 'server.js'), server);
  await write(join(FOLDER, 'page.html'), join(example, 'page.html'));
  for (const unit of [SERVICE, SOCKET]) await write(join('/etc/systemd/system', unit), join(example, unit));
  await machine.systemctl('daemon-reload');
}
