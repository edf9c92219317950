// Builds the addon for every architecture that the package carries, where the loader looks for it:
// prebuilds/linux-<architecture>/readyd.node, without its symbols. Debian's cross compilers build for the other
// architecture: g++-aarch64-linux-gnu and lld on x64, g++-x86-64-linux-gnu on arm64.
//
//   prebuild.js              all of them; a missing compiler is an error
//   prebuild.js --available  those for which a compiler is installed: enough for a package for your own use
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGETS = [
  { arch: 'x64', triplet: 'x86_64-linux-gnu', debian: 'g++-x86-64-linux-gnu' },
  // Pages have 4 to 64 KiB on arm64. GNU ld aligns the end of the part that is read-only after relocation to the largest page,
  // with 32 KB of zeros in the file. lld aligns it to the smallest, so a kernel with larger pages protects a smaller part.
  { arch: 'arm64', triplet: 'aarch64-linux-gnu', debian: 'g++-aarch64-linux-gnu', lld: true },
];
const MOST_BYTES = 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const prebuilds = join(root, 'prebuilds');
const onlyAvailable = process.argv.includes('--available');

function run(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
}

function isThere(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** The tools that build for a target: the native ones if the target is this machine's architecture. */
function toolsFor({ arch, triplet }) {
  const prefix = process.platform === 'linux' && process.arch === arch ? '' : `${triplet}-`;
  return { compiler: `${prefix}g++`, strip: `${prefix}strip` };
}

/** A new folder with links to the sources: node-gyp always builds into ./build, and empties it first. */
function workFolder(arch) {
  const folder = join(root, 'build', `prebuild-${arch}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['binding.gyp', 'native', 'package.json', 'node_modules']) {
    symlinkSync(join(root, name), join(folder, name));
  }
  return folder;
}

/** A cross compiler finds only linkers with its own prefix, unless an option names another one. */
function flagsOf({ lld }) {
  if (!lld) return '';
  const folder = (process.env.PATH ?? '').split(delimiter).find((path) => existsSync(join(path, 'ld.lld')));
  return `-fuse-ld=lld -B${folder}`;
}

/** The packages to install before this target can be built. */
function missing({ debian, lld }, { compiler }) {
  return [!isThere(compiler) && debian, lld && !isThere('ld.lld') && 'lld'].filter(Boolean);
}

function build(target, { compiler, strip }) {
  const { arch } = target;
  const folder = workFolder(arch);
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  // The compiler links, too: it knows where the libc of its target is.
  // Flags from the builder's shell would come last, and change the bytes.
  const { CFLAGS: _, CXXFLAGS: __, CPPFLAGS: ___, ...inherited } = process.env;
  const env = { ...inherited, CC: compiler, CXX: compiler, LINK: compiler, LDFLAGS: flagsOf(target) };
  run(process.execPath, [gyp, 'rebuild', `--arch=${arch}`, '-C', folder], { env });
  const file = join(prebuilds, `linux-${arch}`, 'readyd.node');
  mkdirSync(join(prebuilds, `linux-${arch}`), { recursive: true });
  copyFileSync(join(folder, 'build/Release/readyd.node'), file);
  chmodSync(file, 0o644);
  run(strip, ['--strip-unneeded', file]);
  rmSync(folder, { recursive: true });
  check(arch, file);
}

/** Fails if the file is for another architecture, or has grown: a reader of the log would not notice that. */
function check(arch, file) {
  const { size } = statSync(file);
  const machine = readFileSync(file).readUInt16LE(18); // e_machine, elf(5)
  if (machine !== { x64: 62, arm64: 183 }[arch]) throw new Error(`${file} is for machine ${machine}, not for ${arch}`);
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`);
  // On stderr: programs read the stdout of npm pack.
  console.error(`prebuilds/linux-${arch}/readyd.node: ${size} bytes`);
}

/** Such as `aarch64-linux-gnu-g++ (Debian 12.2.0-14) 12.2.0`. */
function versionOf(command) {
  return spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
}

// npm would pack the files of an earlier build, too.
rmSync(prebuilds, { recursive: true, force: true });
const compilers = {};
for (const target of TARGETS) {
  const tools = toolsFor(target);
  const packages = missing(target, tools);
  if (packages.length === 0) {
    build(target, tools);
    compilers[`linux-${target.arch}`] = versionOf(tools.compiler);
  } else {
    const message = `no addon for linux-${target.arch} without its tools: apt-get install ${packages.join(' ')}`;
    if (!onlyAvailable) throw new Error(message);
    console.error(`prebuild.js: ${message}`);
  }
}
// Packed with them, as `builtWith` in package.json: see scripts/packed-manifest.js.
writeFileSync(join(root, 'build/prebuilds.json'), `${JSON.stringify(compilers, null, 2)}\n`);
