// What users may import. One line here is a new entry point: src/NAME.ts is built to dist/NAME.js and, for tools that take
// CommonJS alone, dist/NAME.cjs, each with its declarations. The build writes the fields of package.json that follow from it.
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
 * Node, Deno and Bun get one module by `import` and by `require` alike: the first two by `module-sync`. What knows neither
 * that nor modules gets CommonJS.
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
