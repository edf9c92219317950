// The files of the package. Node spends a third of a millisecond on every module of a graph, and a service starts with all
// of ours: as one file each, they cost 25 ms of an import that may cost 8. So an entry point is one file, and what several of
// them need is another. Comments stay
// behind, which are as long as the code; the code is not minified, since an uncaught error shows the line that threw it.
import { inputs } from './scripts/entry-points.js';

const output = {
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  // Those alone that tell a bundler something.
  comments: { legal: false, annotation: true, jsdoc: false },
};

// For the size of the package: short names of local variables, no white space. Functions and classes keep their names, for
// stacks. Nothing is compressed, since that removes the function that names files for tracers.
const short = {
  minify: { compress: false, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
  plugins: [
    // Backticks are what the minifier writes, and what rollup and Nitro warn about in an import attribute.
    {
      name: 'quoted-attributes',
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle))
          chunk.code = chunk.code.replaceAll('{type:`bytes`}', '{type:"bytes"}');
      },
    },
  ],
};

// An import of one of Node's own modules makes a module of everything that it has, for which Node has to load all that it
// keeps for later: 3 ms of an import on Node 26, 1 on Node 20. As an object they cost nothing.
const BUILTIN = /^import \{(.*)\} from "(node:[^"]+)";$/gm;
const builtinsAsObjects = {
  name: 'builtins-as-objects',
  renderChunk: (code) =>
    code.replace(BUILTIN, (_, names, module) => {
      return `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule("${module}");`;
    }),
};

/** Packages of the user, who need not have them. */
const external = ['@opentelemetry/api'];

/** What runs inside of a service. */
const product = {
  input: inputs('product'),
  external,
  platform: 'node',
  plugins: [builtinsAsObjects],
  output: {
    ...output,
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
  },
};

// One character that is not Latin makes a string of two bytes for each character, which V8 reads more slowly.
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') {
        chunk.code = chunk.code.replaceAll(/[\u0080-\uffff]/g, (unit) => {
          return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
        });
      }
    }
  },
};

/** What is loaded before a program that may use nothing else of the package: in one file, which is the quickest. */
const auto = {
  input: inputs('auto'),
  platform: 'node',
  plugins: [builtinsAsObjects, asciiOnly],
  output: { ...output, ...short, codeSplitting: false },
};

/** The same for `--require`. */
const autoRequired = {
  ...auto,
  output: { ...auto.output, format: 'cjs', entryFileNames: '[name].cjs' },
};

/** A worker thread, in one file that runs wherever it is copied to: see src/watchdog/diagnosis.ts. */
const worker = {
  input: { 'diagnosis-worker': 'src/watchdog/diagnosis-worker.ts' },
  platform: 'node',
  output: {
    ...output,
    ...short,
    minify: { ...short.minify, compress: true },
    format: 'cjs',
    entryFileNames: '[name].cjs',
    codeSplitting: false,
  },
};

/** The stand-in for the service manager and the command line: on its own, so that no file of the product grows with it. */
const manager = {
  input: {
    // What the demo is made of: private, by `imports` in package.json.
    'manager-manager': 'src/manager/manager.ts',
    'manager-timeline': 'src/manager/timeline.ts',
    ...inputs('manager'),
    'cli/main': 'src/cli/main.ts',
  },
  platform: 'node',
  // No tracer reads these, so that they can be compressed.
  output: { ...output, ...short, minify: { ...short.minify, compress: true }, chunkFileNames: 'manager-[name].js' },
};

/**
 * A function that nobody calls, for tools that trace files (nft, ncc). It names what CommonJS code refers to in ways that they
 * do not follow: the addon, and the module that Node itself loads by `module-sync` where such a tool follows "require".
 */
const namesForTracers = ({ isEntry, name }) => {
  if (!isEntry) return '';
  const files = [`${name}.js`, ...['x64', 'arm64'].map((arch) => `../prebuilds/linux-${arch}/readyd.node`)];
  const paths = files.map((file) => `__dirname + "/${file}"`);
  return `void function () { return [${paths.join(', ')}]; }`;
};

/** The same entry points for tools that take CommonJS alone: Jest, `module: node16` of TypeScript, bundlers. */
const commonjs = {
  input: inputs(),
  external,
  platform: 'node',
  output: {
    ...output,
    ...short,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    exports: 'named',
    footer: namesForTracers,
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
  },
};

export default [product, auto, worker, manager, commonjs, autoRequired];
