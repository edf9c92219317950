// Puts the addon that was just built where the package carries it and the loader looks for it:
// prebuilds/<platform>-<architecture>/readyd.node, without its symbols.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { platform, arch } = process;
const source = fileURLToPath(new URL('../build/Release/readyd.node', import.meta.url));
const folder = fileURLToPath(new URL(`../prebuilds/${platform}-${arch}/`, import.meta.url));
const target = `${folder}readyd.node`;

/** Without strip the file works all the same and is half as large again. */
function strip(file) {
  const { status, error } = spawnSync('strip', ['--strip-unneeded', file], { stdio: 'inherit' });
  if (error?.code === 'ENOENT') return;
  if (error) throw error;
  if (status !== 0) throw new Error(`strip ended with ${status}`);
}

// On stderr: what npm pack prints is read by programs.
if (platform === 'linux') {
  mkdirSync(folder, { recursive: true });
  copyFileSync(source, target);
  chmodSync(target, 0o644);
  strip(target);
  console.error(`prebuilds/${platform}-${arch}/readyd.node: ${statSync(target).size} bytes`);
} else {
  console.error(`systemd runs on Linux, and so does the addon: nothing to collect on ${platform}`);
}
