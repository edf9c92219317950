// Completes package-lock.json after an `npm install` against a registry that lacks the optional packages of other
// platforms: npm then leaves them out, and `npm ci` refuses a lock in which an optional dependency is missing. The entries
// say the version that the dependent pins and, so that nobody downloads them in vain, the platform that their name tells.
// They carry no checksum, which only the registry could give.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = new Set(['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'win32']);
const PROCESSORS = new Set(['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']);
const EXACT = /^\d+\.\d+\.\d+$/;

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));

function entry(name, version) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.filter((word) => SYSTEMS.has(word));
  const cpu = words.filter((word) => PROCESSORS.has(word));
  if (os.length !== 1 || cpu.length !== 1 || !EXACT.test(version)) throw new Error(`what is ${name}@${version}?`);
  const libc = words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {};
  return { version, cpu, dev: true, ...libc, optional: true, os };
}

const added = [];
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (lock.packages[`node_modules/${name}`]) continue;
    lock.packages[`node_modules/${name}`] = entry(name, version);
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
if (added.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added ${added.join(', ')}` : 'nothing is missing');
