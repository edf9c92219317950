// A plugin of rolldown: keeps modules that most starts do not need as text in the bundle, and compiles the text at the first
// call of one of their functions. V8 reads each function of a file before it runs the first one, which is the largest cost of
// a preload; it reads a string six times faster. The text is part of the file, so it also works after a deployment has
// replaced the file, in an executable, and in a bundle.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const RUNTIME = 'deferred:runtime:';
const COMPILE = 'deferred:compile';
const ENTRY = 'deferred:entry';
const textOf = (name) => `__DEFERRED_TEXT_${name}__`;
/** The minified form. */
const IMPORT = /import ?\{([^}]*)\} ?from ?"early:([^"]*)";/g;
const BARE_IMPORT = /import ?"(?:node|early):[^"]*";/g;
const EXPORT = /export ?\{([^}]*)\};?\s*$/;
const LEFT = /\bimport\b ?[("'{*.]|\bexport ?[{*]/;

const fileOf = (id) => relative(process.cwd(), id);
/** `a as b` of an import or export. */
const pairsOf = (names) => names.split(',').map((name) => name.trim().split(' as '));

/** One other character makes a string of two bytes for each character, which V8 reads more slowly. */
export function inAscii(code) {
  return code.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * `groups` are, by name, lists of modules that export only functions and classes. Each is one text, whose functions stack
 * traces show in `auto-NAME.js`. A module that only one group imports is deferred with it. A module that others import too is
 * loaded at the start, and all use the same instance. So are the modules of `early`. What they export must not change later.
 */
export function deferredModules({ groups, early: others, input, platform, plugins, minify }) {
  const texts = new Map();
  const deferred = Object.values(groups).flat();
  return {
    name: 'deferred-modules',

    async buildStart() {
      const early = await earlyFiles({ groups, others, input, platform });
      for (const [name, files] of Object.entries(groups)) {
        // Those of the other groups are called through the bundle, too.
        const outside = new Set([...early, ...deferred.filter((file) => !files.includes(file))]);
        texts.set(name, asFunction(await bundleDeferred({ files, platform, plugins, minify }, outside)));
      }
    },

    resolveId: (id) => (id === COMPILE || id.startsWith(RUNTIME) ? id : undefined),
    load(id) {
      if (id === COMPILE) return compile();
      if (!id.startsWith(RUNTIME)) return undefined;
      const name = id.slice(RUNTIME.length);
      return runtime(name, texts.get(name).imports);
    },

    transform(_, id) {
      const file = fileOf(id);
      const name = Object.keys(groups).find((group) => groups[group].includes(file));
      if (name === undefined) return undefined;
      return {
        code: `import { deferred } from '${RUNTIME}${name}';\n${exportsOf(file).map(callOf).join('\n')}`,
        moduleSideEffects: false,
      };
    },

    // Here, because the minifier would write the text as a template, which V8 reads more slowly.
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const [name, { text }] of texts)
          chunk.code = chunk.code.replace(new RegExp(`(["'\`])${textOf(name)}\\1`), () => quoted(text));
      }
    },
  };
}

/** With the quote that the text has less often. */
function quoted(text) {
  const json = JSON.stringify(text);
  return json.split('\\"').length > text.split("'").length
    ? `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : json;
}

function exportsOf(file) {
  const code = readFileSync(file, 'utf8');
  if (/^export (?:const|let|enum|default|\*|\{)/m.test(code))
    throw new Error(`${file} cannot be deferred: it exports more than functions and classes`);
  const found = [...code.matchAll(/^export (?:async )?(function|class)\*? (\w+)/gm)];
  // By name, because a function may have several signatures.
  return [...new Map(found.map(([, kind, name]) => [name, { kind, name }])).values()];
}

/** What a bundle without the deferred files imports, and what several groups import. */
async function earlyFiles({ groups, others, input, platform }) {
  const imports = new Map();
  const collect = {
    name: 'collect-imports',
    buildEnd() {
      for (const id of this.getModuleIds()) imports.set(fileOf(id), this.getModuleInfo(id).importedIds.map(fileOf));
    },
  };
  const bundle = await rolldown({ input, platform, plugins: [collect] });
  await bundle.generate();
  await bundle.close();
  const deferred = new Set(Object.values(groups).flat());
  const reach = (files) => {
    const reached = new Set(files);
    for (const file of reached) for (const next of imports.get(file) ?? []) if (!deferred.has(next)) reached.add(next);
    return reached;
  };
  const reached = Object.values(groups).map((files) => [...reach(files)].filter((file) => !deferred.has(file)));
  const several = reached.flat().filter((file, index, all) => all.indexOf(file) !== index);
  return reach([...Object.values(input), ...others, ...several]);
}

/** The deferred modules as one ES module, which imports the others by `early:FILE`. */
async function bundleDeferred({ files, platform, plugins, minify }, early) {
  const entry = files.map(
    (file) => `export { ${exportsOf(file).map(({ name }) => name)} } from ${JSON.stringify(resolve(file))};`,
  );
  const external = {
    name: 'early-as-external',
    async resolveId(id, importer, options) {
      if (id === ENTRY) return id;
      const found = await this.resolve(id, importer, { ...options, skipSelf: true });
      if (found === null || found.external || !early.has(fileOf(found.id))) return found;
      return { id: `early:${fileOf(found.id)}`, external: true };
    },
    load: (id) => (id === ENTRY ? entry.join('\n') : undefined),
  };
  const bundle = await rolldown({ input: { deferred: ENTRY }, platform, plugins: [external, ...plugins] });
  const { output } = await bundle.generate({ format: 'esm', minify, comments: false, codeSplitting: false });
  await bundle.close();
  return output[0].code;
}

/** The module as a function whose parameters are what it imports from the early modules, and these imports. */
function asFunction(code) {
  const imports = [];
  const body = code
    .replaceAll(IMPORT, (_, names, file) => {
      for (const [name, local = name] of pairsOf(names)) imports.push({ file, name, local });
      return '';
    })
    .replaceAll(BARE_IMPORT, '')
    .replace(EXPORT, (_, names) => `return{${pairsOf(names).map(([own, name = own]) => `${name}:${own}`)}};`);
  const left = LEFT.exec(body);
  if (left !== null) throw new Error(`a deferred module cannot have ${body.slice(left.index, left.index + 60)}`);
  return { text: inAscii(`(function(${imports.map(({ local }) => local)}){"use strict";${body}})`), imports };
}

function callOf({ kind, name }) {
  const call = kind === 'class' ? `new (deferred().${name})(...args)` : `deferred().${name}(...args)`;
  return `export function ${name}(...args) { return ${call}; }`;
}

/** Its file name is what stack traces show. */
function runtime(name, imports) {
  const lines = imports.map(
    ({ file, name }, index) => `import { ${name} as early${index} } from ${JSON.stringify(resolve(file))};`,
  );
  return `${lines.join('\n')}
    import { compile } from '${COMPILE}';
    let made;
    export function deferred() {
      made ??= compile('${textOf(name)}', '${name}')(${imports.map((_, index) => `early${index}`)});
      return made;
    }`;
}

const compile = () => `
  import { ownFolder } from ${JSON.stringify(resolve('src/own-folder.ts'))};
  export function compile(text, name) {
    const { Script } = process.getBuiltinModule('node:vm');
    return new Script(text, { filename: \`\${ownFolder() ?? '.'}/auto-\${name}.js\` }).runInThisContext();
  }`;
