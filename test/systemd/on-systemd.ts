import { afterAll, beforeAll, describe } from 'vitest';
import { describeWith, type Lack } from '../left-out.ts';
import { type BootOptions, bootMachine, type Machine } from './machine.ts';
import { probe, type Target } from './target.ts';

/**
 * A `describe` for each target with one machine booted for it. The machine can be asked for inside tests and hooks only.
 *
 * Where a target cannot boot, its tests are left out, with the reason; .ci/count.js takes that for a failure, except for
 * sid, which Debian may break at any time.
 */
export function describeOnSystemd(
  targets: readonly Target[],
  title: string,
  context: (machine: () => Machine, target: Target) => void,
  options: Omit<BootOptions, 'target'> = {},
): void {
  for (const target of targets) {
    const ground = probe(target);
    if ('missing' in ground) refuse(target, title, ground.missing, context);
    else describe(`${title} on systemd ${ground.version} (${target})`, () => withMachine(target, context, options));
  }
}

function withMachine(
  target: Target,
  context: (machine: () => Machine, target: Target) => void,
  options: Omit<BootOptions, 'target'>,
): void {
  let machine: Machine | undefined;
  beforeAll(async () => {
    machine = await bootMachine({ ...options, target });
  });
  afterAll(async () => {
    await machine?.close();
  });
  context(() => {
    if (machine === undefined) throw new Error('the machine is there in tests and hooks only');
    return machine;
  }, target);
}

function refuse(
  target: Target,
  title: string,
  lack: Lack,
  context: (machine: () => Machine, target: Target) => void,
): void {
  const name = `${title} on systemd of '${target}'`;
  describeWith(lack, name, () =>
    context(() => {
      throw new Error('skipped');
    }, target),
  );
}
