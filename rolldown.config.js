// The files of the package. Node spends a third of a millisecond on every module of a graph, and a service starts with all
// of ours: as one file each, they cost 25 ms of an import that may cost 8. So an entry point is one file, and what several of
// them need is another. Comments stay
// behind, which are as long as the code; the code is not minified, since an uncaught error shows the line that threw it.
import { deferredModules, inAscii } from './scripts/deferred-modules.js';
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

const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = inAscii(chunk.code);
    }
  },
};

const DEFERRED = {
  // The journal, which a program needs when it prints for the first time.
  entries: [
    'src/console/entries.ts',
    'src/journal/create-journal.ts',
    'src/journal/end-signals.ts',
    'src/journal/value-bytes.ts',
  ],
  // What only a program with passed sockets needs.
  sockets: [
    'src/sockets/cluster-primary.ts',
    'src/sockets/extra-listeners.ts',
    'src/sockets/inspect.ts',
    'src/sockets/listen-fd.ts',
  ],
  // The watchdog, the end, errors, lines of JSON, output without a journal.
  later: [
    'src/addon-failure.ts',
    'src/descriptor-poll.ts',
    'src/auto/crashes.ts',
    'src/auto/end-steps.ts',
    'src/auto/end.ts',
    'src/auto/idle.ts',
    'src/auto/refused-connect.ts',
    'src/auto/without-addon.ts',
    'src/console/json-line.ts',
    'src/embedded-addon.ts',
    'src/journal/call.ts',
    'src/journal/child-options.ts',
    'src/journal/error-fields.ts',
    'src/journal/field-value.ts',
    'src/journal/flat-json.ts',
    'src/journal/plain-text.ts',
    'src/journal/safe-json.ts',
    'src/journal/text-output.ts',
    'src/notify/barrier.ts',
    'src/notify/failure.ts',
    'src/notify/vsock-route.ts',
    'src/watchdog/watchdog.ts',
  ],
};

const autoInput = { input: inputs('auto'), platform: 'node' };
/** Compressed, since no tool reads this file for the names of other files: those are in functions that remain. */
const compressed = { ...short.minify, compress: true };

/** What is loaded before a program that may use nothing else of the package: in one file, which is the quickest. */
const auto = {
  ...autoInput,
  plugins: [
    deferredModules({
      ...autoInput,
      groups: DEFERRED,
      // It names a file for tools that trace files.
      early: ['src/watchdog/diagnosis-script.ts'],
      plugins: [builtinsAsObjects],
      minify: compressed,
    }),
    builtinsAsObjects,
    asciiOnly,
  ],
  output: { ...output, ...short, minify: compressed, codeSplitting: false },
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
    minify: compressed,
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
