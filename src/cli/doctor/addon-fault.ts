// Explains why the addon cannot be loaded, and how to fix it.
import type { Finding } from './facts.ts';

export function addonFinding(fault: string, evidence: string): Finding {
  const lines = fault.split('\n').filter((line) => /^\s+\/.*: /.test(line));
  const best = lines.find((line) => !isMissing(line)) ?? lines[0] ?? fault;
  return {
    id: 'addon-not-loaded',
    severity: 'error',
    what: 'the addon of readyd cannot be loaded',
    why: best.trim(),
    evidence,
    change: isMissing(best) ? (advice(fault) ?? remedyFor(best)) : remedyFor(best),
  };
}

function isMissing(fault: string): boolean {
  return /No such file/.test(fault);
}

/** What the message itself says for the kind of build, in one line or as its last one. */
function advice(fault: string): string | undefined {
  return /To do: (\S.*)/.exec(fault)?.[1]?.trim();
}

/** dlopen(3) and Node use many different messages. */
export function remedyFor(fault: string): string {
  if (/ERR_DLOPEN_DISABLED|--allow-addons|no-addons/.test(fault)) return 'run Node with --allow-addons';
  if (/failed to map segment|Operation not permitted|Permission denied/.test(fault))
    return 'allow its execution: NoExecPaths=, a file system mounted noexec, or its mode prevents it';
  if (/GLIBC_/.test(fault)) return 'build it on this system: npm rebuild readyd, or run a newer system';
  if (/invalid ELF|wrong ELF|file too short|Exec format|not a dynamic/.test(fault))
    return 'npm ci on this machine: the file was made for another one, or is damaged';
  if (isMissing(fault))
    return 'install readyd on this machine, or let the tool that builds the service copy node_modules/readyd/prebuilds';
  return 'npm ci on this machine';
}
