// A unit with a program that the test contains as text.
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';

export interface Program {
  /** The unit's name, without `.service`. */
  readonly name: string;
  /** An ES module; `readyd` stands for everything that the built package exports. */
  readonly script: string;
  /** Lines for [Service], besides ExecStart=; Type=notify unless they say otherwise. */
  readonly service?: string;
  /** The Node that runs it; the one of the test by default. */
  readonly node?: string;
  /** More unit files. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The folder of the package for units: readable without root, with a private /tmp, and without /home. */
export const PACKAGE = '/srv/readyd';
const COPY = `
  mkdir -p ${PACKAGE}/build/Release &&
  cp -r "$1/dist" "$1/package.json" ${PACKAGE} &&
  cp "$1/build/Release/readyd.node" ${PACKAGE}/build/Release &&
  chmod -R go+rX ${PACKAGE}`;
const copied = new WeakMap<Machine, Promise<unknown>>();

export function copyPackage(machine: Machine): Promise<unknown> {
  const copy = copied.get(machine) ?? machine.exec('sh', ['-c', COPY, 'copy', packageRoot()], { check: true });
  copied.set(machine, copy);
  return copy;
}

/** Installs the unit and returns its name. The test starts it. */
export async function installService(machine: Machine, program: Program): Promise<string> {
  const { name, script, service = '', node = process.execPath, files = {} } = program;
  const unit = `${name}.service`;
  const path = `/srv/${name}.mjs`;
  await copyPackage(machine);
  await machine.write(path, `import * as readyd from '${PACKAGE}/dist/index.js';\n${script}`);
  const type = /^Type=/m.test(service) ? '' : 'Type=notify\n';
  await machine.install({
    ...files,
    [unit]: `[Unit]\nStartLimitIntervalSec=0\n[Service]\n${type}ExecStart=${node} ${path}\n${service}\n`,
  });
  return unit;
}

/** A program that runs until a signal ends it. */
export const STAY = 'setInterval(() => undefined, 1e6);';
