// Who killed the program because memory ran out, and why.
import { type ServiceEnding, seen } from './ending.ts';
import type { Facts, Finding } from './facts.ts';

/** Undefined if memory was not the cause. */
export function memoryFinding(ending: ServiceEnding, { unit }: Facts): Finding | undefined {
  if (ending.result !== 'oom-kill') return undefined;
  const evidence = seen(ending, /killed by the OOM killer|^systemd-oomd killed/);
  if (evidence.includes('systemd-oomd killed'))
    return {
      id: 'oom-killed',
      severity: 'error',
      what: `systemd-oomd killed the program ${ending.phase}, because the machine was short of memory`,
      why: 'ManagedOOMMemoryPressure=kill or ManagedOOMSwap=kill is set for the unit or for a slice above it',
      evidence,
      change: '--max-old-space-size=MIB for Node; journalctl -u systemd-oomd shows which limit was exceeded',
    };
  return {
    id: 'oom-killed',
    severity: 'error',
    what: `the kernel killed the program ${ending.phase}, because memory was used up`,
    why:
      unit?.MemoryMax === 'infinity' || unit?.MemoryMax === undefined
        ? 'the machine has no memory left'
        : `MemoryMax=${unit.MemoryMax}`,
    evidence,
    change: 'a larger MemoryMax=, or --max-old-space-size=MIB for Node below it',
  };
}
