// The cost of `import 'readyd'`, and the allowed imports between the parts of the source.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Loaded {
  readonly builtins: string[];
  readonly files: string[];
}

/** What a fresh Node has loaded once it has run a module that imports this one, if any. */
function loadedBy(module?: string): Loaded {
  const program = `
    import { readFileSync } from 'node:fs';
    ${module ? `await import(${JSON.stringify(module)});` : ''}
    const files = readFileSync('/proc/self/maps', 'utf8').match(/\\/.*$/gm);
    console.log(JSON.stringify({ builtins: process.moduleLoadList, files: [...new Set(files)] }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Loaded; // what the program above prints
}

describe('importing the package', () => {
  const empty = loadedBy();
  let loaded: Loaded = empty;
  beforeAll(() => {
    loaded = loadedBy(join(root, 'dist/index.js'));
  });

  it('loads no addon', () => {
    expect(loaded.files.filter((file) => file.endsWith('.node'))).toEqual([]);
  });

  it('loads no network, no worker threads, no processes, no debugger', () => {
    const added = loaded.builtins.filter((name) => !empty.builtins.includes(name));
    const costly = /^NativeModule (net|dgram|tls|https?|http2|dns|cluster|worker_threads|child_process|inspector)$/;
    expect(added.filter((name) => costly.test(name))).toEqual([]);
  });

  it('takes what it needs of Node as an object: as a module it would cost milliseconds', () => {
    const files = readdirSync(join(root, 'dist')).filter((name) => /^(index|shared)\.js$/.test(name));
    expect(files).toHaveLength(2);
    const texts = files.map((name) => readFileSync(join(root, 'dist', name), 'utf8')).join('\n');
    expect(texts).toContain('process.getBuiltinModule("node:fs")');
    expect(texts).not.toMatch(/^import .*"node:/m);
  });

  it('would be seen to load them', () => {
    // Without this check, the two tests above could pass for any source.
    const url = pathToFileURL(join(root, 'dist/index.js')).href;
    const program = `
      process.env.NOTIFY_SOCKET = '@readyd-nobody';
      await (await import(${JSON.stringify(url)})).ready().catch(() => undefined);`;
    const loading = loadedBy(`data:text/javascript,${encodeURIComponent(program)}`);
    expect(loading.files.filter((file) => file.endsWith('readyd.node'))).toHaveLength(1);
    expect(loadedBy('node:http').builtins).toContain('NativeModule net');
    expect(empty.builtins).not.toContain('NativeModule net');
  });
});

interface Source {
  /** Without its comments. */
  readonly text: string;
  /** What it loads at run time: files of src, relative to it, and packages by name. Imports of types are none. */
  readonly imports: readonly string[];
  /** The files of src that it names in any import, also of types. */
  readonly named: readonly string[];
  /** The comment at its start. */
  readonly header: string;
}

const STATIC = /^(?:import|export)\s+(?!type\s)(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm;
const COMMENT = /\/\*.*?\*\/|(?<=^|[\s;{}(])\/\/.*?$/gms;
/** Numbers, which no file touches. */
const CONSTANTS = /^import \{ constants \} from 'node:fs';$/gm;
const NAMED = /\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g;
const TRANSPORT = /^native\.ts$|sender\.ts$|transport\.ts$|^node:(net|dgram|child_process|http)/;
/** A type of a file, with its text: an interface or a class up to its last brace, any other up to its semicolon. */
const TYPE = /^(?:export )?(?:(?:abstract )?(?:interface|class) (\w+).*?^\}|type (\w+)(?:<[^=]*>)? = .*?;$)/gms;
const HEADER = /^(?:\/\/.*\n)+/;
const DYNAMIC = /\b(?:import|getBuiltinModule)\(\s*'([^']+)'/g;

function readSources(): Map<string, Source> {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return new Map(names.filter((name) => name.endsWith('.ts')).map((name) => [name, readSource(name)]));
}

function readSource(name: string): Source {
  const source = readFileSync(join(root, 'src', name), 'utf8');
  const text = source.replaceAll(COMMENT, '').replaceAll(CONSTANTS, '');
  const found = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map(([, path = '']) => path);
  const imports = found.map((path) => (path.startsWith('.') ? join(dirname(name), path) : path));
  const named = [...text.matchAll(NAMED)].map(([, path = '']) => join(dirname(name), path));
  return { text, imports, named, header: HEADER.exec(source)?.[0] ?? '' };
}

const sources = readSources();

/** Everything that a file loads, directly or by another file. */
function reach(name: string, seen = new Set<string>()): Set<string> {
  for (const next of sources.get(name)?.imports ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reach(next, seen);
  }
  return seen;
}

/** A path of imports, also of types, that leads from a file back to it. */
function cycleFrom(name: string, path: readonly string[] = [name], seen = new Set<string>()): string | undefined {
  for (const next of sources.get(path.at(-1) ?? name)?.named ?? []) {
    if (next === name) return [...path, next].join(' → ');
    if (seen.has(next)) continue;
    seen.add(next);
    const cycle = cycleFrom(name, [...path, next], seen);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function matching(pattern: RegExp): string[] {
  return [...sources.keys()].filter((name) => pattern.test(name));
}

describe('the source', () => {
  it('is read as it is', () => {
    expect(sources.get('index.ts')?.imports).toContain('notify/notify.ts');
    expect(reach('index.ts')).toContain('native.ts');
    expect([...sources.values()].flatMap(({ imports }) => imports).filter((path) => path.endsWith('.js'))).toEqual([]);
  });

  it('loads the addon in one place', () => {
    const loaders = [...sources].filter(([, { text }]) => /\.node\b['"`]|process\.dlopen/.test(text));
    expect(loaders.map(([name]) => name)).toEqual(['native.ts']);
  });

  it('has no cycle of imports, types included', () => {
    expect(sources.get('watchdog/heartbeat.ts')?.named).toContain('watchdog/options.ts');
    const cycles = [...sources.keys()].map((name) => cycleFrom(name)).filter((cycle) => cycle !== undefined);
    expect(cycles).toEqual([]);
  });

  it('gives one type one name: two that share a name are the same to the letter', () => {
    const declared = new Map<string, Set<string>>();
    for (const { text } of sources.values()) {
      for (const [whole, one, other] of text.matchAll(TYPE)) {
        const name = one ?? other ?? '';
        declared.set(name, (declared.get(name) ?? new Set()).add(whole.replace(/^export /, '')));
      }
    }
    expect(declared.size).toBeGreaterThan(200);
    expect([...declared].filter(([, texts]) => texts.size > 1)).toEqual([]);
  });

  it('names only files that exist in the comment at its start', () => {
    const files = [...sources.keys()];
    const missing = [...sources].flatMap(([name, { header }]) =>
      [...header.matchAll(/[\w./-]+\.ts\b/g)]
        .map(([path]) => path)
        .filter((path) => {
          const known = files.some((file) => file === path || file.endsWith(`/${path}`));
          return !known && !existsSync(join(root, path));
        })
        .map((path) => `${name}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  // environment → pure codec → transport → native. A file is pure if its header says "Pure".
  const pure = [...sources].filter(([, { header }]) => /\bPure\b/.test(header)).map(([name]) => name);

  it('says of its codecs that they are pure', () => {
    const codecs = [
      'notify/message.ts',
      'notify/decode.ts',
      'journal/entry.ts',
      'journal/decode.ts',
      'journal/field-value.ts',
    ];
    expect(pure).toEqual(expect.arrayContaining(codecs));
    expect(pure.length).toBeGreaterThan(50);
  });

  test.each(pure)('%s is pure: it reaches no transport', (name) => {
    const reached = [...reach(name)];
    expect(reached.filter((path) => TRANSPORT.test(path))).toEqual([]);
    expect(reached.filter((path) => /^node:(net|dgram|child_process|http|fs)/.test(path))).toEqual([]);
  });

  test.each(matching(/^environment\//))('%s reaches no transport', (name) => {
    expect([...reach(name)].filter((path) => TRANSPORT.test(path))).toEqual([]);
  });

  it('needs the stand-in manager and the command nowhere but there', () => {
    const others = [...sources].filter(([name]) => !/^(manager|cli)\/|^testing\.ts$/.test(name));
    const users = others.filter(([, { imports }]) => imports.some((path) => /^(manager|cli)\//.test(path)));
    expect(users.map(([name]) => name)).toEqual([]);
  });

  it('imports nothing but itself, Node and, in an adapter, what it is for', () => {
    const packages = [...sources].flatMap(([name, { imports }]) =>
      imports.filter((path) => !path.endsWith('.ts') && !path.startsWith('node:')).map((path) => `${name}: ${path}`),
    );
    expect(packages).toEqual(['opentelemetry.ts: @opentelemetry/api']);
  });

  it('never writes to the console on its own', () => {
    // The command may print: that is its purpose.
    const writers = [...sources].filter(([name, { text }]) => !name.startsWith('cli/') && /\bconsole\.\w/.test(text));
    expect(writers.map(([name]) => name)).toEqual([]);
  });
});
