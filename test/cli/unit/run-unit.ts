// The command `readyd unit` in this process, and systemd's own word on what it writes.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { main, type Terminal } from '../../../src/cli/unit.ts';
import type { Lack } from '../../left-out.ts';
import { packageRoot } from '../../systemd/boot.ts';

export interface Told {
  code: number;
  out: string;
  err: string;
}

/** Where a service would see it. */
export function makeFolder(): string {
  // Not in /tmp, which a unit has more to say about, not even where the checkout is there.
  const base = /^\/(?:var\/)?tmp\//.test(packageRoot()) ? '/srv' : join(packageRoot(), 'build');
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(join(base, 'readyd-unit-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** `readyd unit` in a folder, with the answers to what it asks; without any it is not on a terminal. */
export async function runUnit(folder: string, args: string[], answers?: string[]): Promise<Told> {
  const told = { out: '', err: '' };
  const terminal: Terminal = {
    cwd: folder,
    isInteractive: answers !== undefined,
    out: (text) => {
      told.out += text;
    },
    err: (line) => {
      told.err += `${line}\n`;
    },
    ask: async (question) => {
      told.err += `${question}\n`;
      const answer = answers?.shift();
      if (answer === undefined) throw new Error('nobody answers');
      return answer;
    },
  };
  return { code: await main(args, terminal), ...told };
}

/** Throws where systemd would complain; returns what it says of the hardening. */
export function verify(files: string): string {
  execFileSync('systemd-analyze', ['verify', ...readdirSync(files).map((file) => join(files, file))], {
    stdio: 'pipe',
  });
  const service = readdirSync(files).find((file) => file.endsWith('.service')) ?? '';
  return execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=15', join(files, service)], {
    encoding: 'utf8',
  });
}

export const analyzeLack: Lack | undefined = ((): Lack | undefined => {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return { reason: 'systemd-analyze is not installed', command: 'apt-get install systemd' };
  }
})();
