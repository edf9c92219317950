// The entry points that users may import. To add one, add a line: the build turns src/NAME.ts into dist/NAME.js and, for tools
// that accept only CommonJS, dist/NAME.cjs, each with its declarations. It also writes the fields of package.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** By name: the part of rolldown.config.js that builds it, and whether importing it has an effect. */
export const ENTRY_POINTS = {
  index: { part: 'product' },
  pino: { part: 'product' },
  winston: { part: 'product' },
  opentelemetry: { part: 'product' },
  auto: { part: 'auto', sideEffects: true },
  testing: { part: 'manager' },
};

/** `{ index: 'src/index.ts' … }`, of one part or of all. */
export function inputs(part) {
  const names = Object.keys(ENTRY_POINTS).filter((name) => part === undefined || ENTRY_POINTS[name].part === part);
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}

const subpath = (name) => (name === 'index' ? '.' : `./${name}`);

/**
 * Node, Deno and Bun get the same module by `import` and by `require`: Node and Deno by `module-sync`. A tool that supports
 * neither `module-sync` nor ES modules gets CommonJS.
 */
function conditions(name) {
  const esm = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
  const commonjs = { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` };
  return { bun: esm, 'module-sync': esm, require: commonjs, default: esm };
}

export function fields() {
  const names = Object.keys(ENTRY_POINTS);
  const active = names.filter((name) => ENTRY_POINTS[name].sideEffects);
  return {
    main: './dist/index.cjs',
    types: './dist/index.d.cts',
    exports: {
      ...Object.fromEntries(names.map((name) => [subpath(name), conditions(name)])),
      './package.json': './package.json',
    },
    // For `moduleResolution: node10`, which does not know `exports`.
    typesVersions: {
      '*': Object.fromEntries(names.filter((name) => name !== 'index').map((name) => [name, [`./dist/${name}.d.cts`]])),
    },
    sideEffects: active.length === 0 ? false : active.flatMap((name) => [`./dist/${name}.js`, `./dist/${name}.cjs`]),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('../package.json', import.meta.url);
  const text = readFileSync(path, 'utf8');
  const manifest = JSON.parse(text);
  const written = `${JSON.stringify({ ...manifest, ...fields() }, null, 2)}\n`;
  if (written !== text) writeFileSync(path, written);
}
