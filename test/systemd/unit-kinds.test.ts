// For each kind of Node program, the unit that readyd unit writes: it is safe enough, starts, serves, is reloaded, restarts its
// socket, and stops. All of them run in one machine, side by side.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleModule, bundleText } from '../cli/bundle.ts';
import { documents } from '../docs/blocks.ts';
import { FRAMEWORKS, lackOf as frameworksLack } from '../examples/linked-package.ts';
import { type Lack, testWith } from '../left-out.ts';
import { runtime } from '../runtimes.ts';
import { Batch } from './batch.ts';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { KINDS, type Kind } from './unit/kinds.ts';
import type { Life, Task } from './unit/live-all.ts';
import { CALLS, CALLS_PROGRAM } from './unit/node-calls.ts';
import {
  DOCUMENTED_KINDS,
  FRAMEWORK_KINDS,
  TYPESCRIPT_KINDS,
  UNKNOWN_CODE,
  UNUSED_EXCEPTIONS,
} from './unit/program-kinds.ts';

const CALLS_KIND: Kind = {
  text: CALLS_PROGRAM,
  flags: '--listen web=127.0.0.1:PORT --state=',
  answers: 'port',
  answer: undefined,
  socket: true,
};
const GROUPS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'of the kind': KINDS,
  'with the framework': FRAMEWORK_KINDS,
  'in TypeScript': TYPESCRIPT_KINDS,
  'that docs/ shows': DOCUMENTED_KINDS,
};
const all: Readonly<Record<string, Kind>> = Object.assign({ calls: CALLS_KIND }, ...Object.values(GROUPS));

const node24 = runtime(24);
/** A place that users without access to the home of root can read. */
const NODE24 = '/srv/node24';
const TOOLS = join(packageRoot(), 'test/tools/node_modules');
const FRAMEWORK_PACKAGES = [
  'express fastify @hapi/hapi hono koa @nestjs/core @opentelemetry/context-async-hooks',
].flatMap((names) => names.split(' '));
const LACKS: Readonly<Record<string, Lack | undefined>> = {
  frameworks: frameworksLack(FRAMEWORK_PACKAGES),
  tsx: isThere(join(TOOLS, 'tsx/package.json'))
    ? undefined
    : { reason: 'tsx is not installed', command: 'npm ci --ignore-scripts --prefix test/tools' },
  'node 24': node24 === undefined ? { reason: 'Node 24 is not installed', command: 'test/runtimes.sh 24' } : undefined,
};
const lackFor = ({ needs }: Kind): Lack | undefined => (needs === undefined ? undefined : LACKS[needs]);

function isThere(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/**
 * The package where a service of any user finds it: above all programs. Above that the frameworks, from where they are installed,
 * and the loggers; beside the one program the tools. Programs of the documents ask prices.service for prices. The user's manager is what user@.service starts, without PAM.
 */
const PREPARE = `
  mkdir -p /srv/kinds/node_modules/readyd/build/Release /run/unit-kinds /srv/node_modules
  cp -r "$1/dist" "$1/package.json" /srv/kinds/node_modules/readyd
  cp "$1/build/Release/readyd.node" /srv/kinds/node_modules/readyd/build/Release
  # A bundle has the addon beside it.
  mkdir -p /srv/kinds/bundle/dist && cp "$1/build/Release/readyd.node" /srv/kinds/bundle/dist
  [ -e /etc/hosts ] || echo '127.0.0.1 localhost' >/etc/hosts
  mkdir -p /srv/kinds/release && ln -sfn releases/1 /srv/kinds/release/current
  mkdir -p /srv/kinds/typescript-by-tsx/node_modules
  [ ! -d "$2" ] || mount --bind "$2" /srv/node_modules
  mkdir -p /node_modules && mount --bind "$1/node_modules" /node_modules
  [ ! -d "$3" ] || mount --bind "$3" /srv/kinds/typescript-by-tsx/node_modules
  [ -z "$4" ] || { touch ${NODE24} && mount --bind "$4" ${NODE24}; }
  chmod -R go+rX /srv/kinds/node_modules
  cat >/run/systemd/system/user-manager.service
  printf '[Service]\nType=exec\nExecStart="%s" -e "%s"\n' "$5" \
    "require('http').createServer((_, response) => response.end('{}')).listen(9000, '127.0.0.1')" \
    >/run/systemd/system/prices.service
  mkdir -p /srv/shop && echo '{}' >/srv/shop/prices.json
  systemctl daemon-reload && systemctl start user-manager prices`;

const USER_MANAGER = `[Service]
Type=notify
User=daemon
Delegate=yes
RuntimeDirectory=user/1
Environment=XDG_RUNTIME_DIR=/run/user/1 HOME=/run/user/1
ExecStart=/usr/lib/systemd/systemd --user
`;

function taskOf(name: string, kind: Kind, port: number): Task {
  const fill = (text: string) =>
    text.replaceAll('PORT=PORT', `PORT=${port}`).replaceAll(':PORT', `:${port}`).replaceAll('NODE24', NODE24);
  const flags = fill(kind.flags ?? '')
    .split(' ')
    .filter((word) => word !== '');
  const named = flags.includes('--name') ? [] : ['--name', `kind-${name}`];
  const program = kind.args === undefined ? [] : ['--', ...kind.args.split(' ')];
  const folder = kind.user ? '/run/systemd/user' : '/run/systemd/system';
  const main = join('/srv/kinds', name, kind.main ?? 'server.mjs');
  const text = kind.bundled === undefined ? kind.text : bundles.get(name);
  const own = text === undefined ? {} : { [kind.main ?? 'server.mjs']: text };
  const files = Object.entries({ ...own, ...kind.files });
  const instance = kind.instance === undefined ? '' : `@${kind.instance.replace('PORT', `${port}`)}`;
  const service = `kind-${name}${instance}.service`;
  return {
    name,
    args: ['--force', '-o', folder, ...named, ...flags, main, ...program],
    files: Object.fromEntries(files.map(([path, text]) => [join('/srv/kinds', name, path), text])),
    port,
    answers: kind.answers,
    reload: kind.reload ?? false,
    job: kind.job ?? false,
    ends: kind.ends ?? false,
    service,
    socket: kind.socket ? service.replace('.service', '.socket') : undefined,
    file: join(folder, instance === '' ? service : `kind-${name}@.service`),
    user: kind.user ?? false,
  };
}

/** Only limits a run that hangs. */
const TIMEOUT = 500_000;

let driver: string;
/** By the name of the kind. */
const bundles = new Map<string, string>();

beforeAll(async () => {
  driver = await bundleModule('../test/systemd/unit/live-all.ts', 'kinds');
  for (const [name, { bundled }] of Object.entries(all))
    if (bundled !== undefined) bundles.set(name, await bundleText(bundled));
});

async function liveAll(machine: Machine, names: readonly string[]): Promise<Map<string, Life>> {
  const ports = Object.keys(all);
  const tasks = names.map((name) => taskOf(name, all[name] ?? CALLS_KIND, 7300 + ports.indexOf(name)));
  const input = JSON.stringify(tasks);
  const { stdout } = await machine.exec(process.execPath, [driver], { input, check: true, timeout: TIMEOUT });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Life).map((life) => [life.name, life])); // written by live-all.ts
}

test('there are as many kinds as there are meant to be', () => {
  expect(Object.keys(all).length).toBeGreaterThanOrEqual(30);
  expect(Object.keys(DOCUMENTED_KINDS).length).toBeGreaterThanOrEqual(45);
});

test('each program of the documents is started here, or a rule names the test that runs it', () => {
  expect(UNKNOWN_CODE).toEqual([]);
  expect(UNUSED_EXCEPTIONS).toEqual([]);
  const languages = documents().flatMap((document) => {
    const text = readFileSync(join(packageRoot(), document), 'utf8');
    return [...text.matchAll(/^ *```(\w+)$/gm)].map(([, language]) => language);
  });
  const known = ['console', 'ini', 'js', 'json', 'sh', 'text', 'ts'];
  expect(languages.filter((language) => !known.includes(language ?? ''))).toEqual([]);
});

test('docs/unit-files.md names what is kept away', () => {
  const page = readFileSync(join(packageRoot(), 'docs/unit-files.md'), 'utf8');
  const kept = Object.values(CALLS).filter(([, expected]) => expected !== 'ok');
  for (const [, , words = ''] of kept) expect(page).toContain(words);
  expect(kept.every(([, , words]) => words !== undefined)).toBe(true);
});

describeOnSystemd(
  ['host', 'sid'],
  'a unit for a program',
  (machine, target) => {
    const isRun = (name: string): boolean =>
      lackFor(all[name] ?? CALLS_KIND) === undefined && (target === 'host' || !Object.hasOwn(DOCUMENTED_KINDS, name));
    const lives = new Batch<Life>(
      async (names) => await liveAll(machine(), names),
      async () => undefined,
    );

    beforeAll(async () => {
      const folders = [packageRoot(), join(FRAMEWORKS, 'node_modules'), TOOLS, node24 ?? '', process.execPath];
      const script = `set -e\n${PREPARE}`;
      await machine().exec('sh', ['-c', script, 'prepare', ...folders], { input: USER_MANAGER, check: true });
      await lives.run(Object.keys(all).filter(isRun));
    }, TIMEOUT + 60_000);

    for (const [title, kinds] of Object.entries(GROUPS)) {
      // Tests of the programs, rather than of systemd, run on one systemd only.
      if (kinds === DOCUMENTED_KINDS && target !== 'host') continue;
      describe(title, () => {
        for (const [name, kind] of Object.entries(kinds)) {
          testWith(lackFor(kind), name, async () => {
            const { answers = [], exposure, ...life } = (await lives.get(name)) ?? {};
            expect(life).toEqual({ name, active: kind.job ? '' : 'active', result: 'success', restarts: '0' });
            if (!kind.user) expect(exposure).toMatch(/^(0\.\d|1\.[0-5])$/);
            expect(answers).toHaveLength(kind.socket ? 2 : 1);
            for (const answer of answers)
              expect(answer).toMatch('answer' in kind && kind.answer === undefined ? /./ : (kind.answer ?? /^ok$/));
          });
        }
      });
    }

    test('what Node programs call works, or fails with the error that docs/unit-files.md names', async () => {
      const life = await lives.get('calls');
      expect(life).toMatchObject({ active: 'active', result: 'success' });
      const found: unknown = JSON.parse(life?.answers?.[0] ?? '{}');
      const expected = Object.fromEntries(Object.entries(CALLS).map(([name, [, expected]]) => [name, expected]));
      // Without libnss-systemd, the name of a dynamic user cannot be looked up.
      const { code } = await machine().exec('sh', ['-c', 'test -e /usr/lib/*/libnss_systemd.so.2']);
      expect(found).toEqual(code === 0 ? expected : { ...expected, 'os.userInfo': 'ENOENT' });
    });
  },
  { binds: node24 === undefined ? [] : [dirname(node24)] },
);
