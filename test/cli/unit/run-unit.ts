// Runs the command `readyd unit` in this process, and systemd-analyze on its output.
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
  // Not in /tmp, even if the checkout is there: `readyd unit` adds lines for a program in /tmp.
  const base = /^\/(?:var\/)?tmp\//.test(packageRoot()) ? '/srv' : join(packageRoot(), 'build');
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(join(base, 'readyd-unit-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** Runs `readyd unit` in a folder, with the answers to its questions. Without answers it has no terminal. */
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

/** Throws if systemd-analyze reports a fault; returns its report on the hardening. */
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
