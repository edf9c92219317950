// A machine as the page has it: Node, and the packages of `npm install --global`.
import type { Machine } from '../systemd/machine.ts';
import { copyPackage, PACKAGE } from '../systemd/service.ts';
import { MODULES } from './builds.ts';

const SCRIPT = `
  [ "$1" = /usr/bin/node ] || ln -sf "$1" /usr/bin/node
  mkdir -p /usr/lib/node_modules && ln -sf ${PACKAGE} "$2"/* /usr/lib/node_modules`;

export async function prepare(machine: Machine): Promise<void> {
  await copyPackage(machine);
  await machine.exec('sh', ['-c', SCRIPT, 'prepare', process.execPath, MODULES], { check: true });
}
