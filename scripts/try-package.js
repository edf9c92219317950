// Installs the tarball that lies here, with scripts off, into a new folder and uses it: for CI on systems where the
// tests themselves cannot run. On Linux the addon has to load, and elsewhere the error has to say why it does not.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = `
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ready } from 'readyd';

assert.equal(createRequire(import.meta.url)('readyd').ready, ready);
delete process.env.NOTIFY_SOCKET;
assert.equal(await ready(), false);
process.env.NOTIFY_SOCKET = '@readyd-nobody-is-here';
const error = await ready().catch((error) => error);
const expected = process.platform === 'linux' ? 'ECONNREFUSED' : 'SD_ERR_NATIVE_UNAVAILABLE';
assert.equal(error.code, expected, error);
console.log(\`\${process.platform}-\${process.arch}, Node \${process.version}: \${error.message}\`);
`;

const tarballs = readdirSync('.').filter((name) => /^readyd-.*\.tgz$/.test(name));
if (tarballs.length !== 1) throw new Error(`one tarball of readyd has to be here, not ${tarballs.length}`);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'readyd-try-')));
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const args = ['install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', resolve(tarballs[0])];
  // npm is a script of cmd.exe on Windows, which only a shell starts.
  execFileSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  writeFileSync(join(folder, 'main.js'), PROGRAM);
  execFileSync(process.execPath, ['main.js'], { cwd: folder, stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
