import { afterAll, beforeAll, describe, test } from 'vitest';
import { type BootOptions, bootMachine, type Machine } from './machine.ts';
import { probe, type Target } from './target.ts';

/**
 * A `describe` for each target with one machine booted for it. The machine can be asked for inside tests and hooks only.
 *
 * Where a target cannot boot, its tests are skipped and the reason is printed; on CI a target that is missing is a
 * failure, except for sid, which moves under our feet.
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
  reason: string,
  context: (machine: () => Machine, target: Target) => void,
): void {
  const name = `${title} on systemd of '${target}'`;
  console.warn(`${name}: cannot boot, ${reason}`);
  if (process.env.CI && target !== 'sid') {
    test(name, () => {
      throw new Error(`cannot boot '${target}', and on CI that is a failure: ${reason}`);
    });
    return;
  }
  describe.skip(`${name}: ${reason}`, () =>
    context(() => {
      throw new Error('skipped');
    }, target));
}
