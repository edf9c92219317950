// A plugin of rolldown: keeps modules that most starts do not need as text in the bundle, and compiles the text at the first
// call of one of their functions. V8 reads each function of a file before it runs the first one, which is the largest cost of
// a preload; it reads a string six times faster. The text is part of the file, so it also works after a deployment has
// replaced the file, in an executable, and in a bundle.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const RUNTIME = 'deferred:runtime';
const ENTRY = 'deferred:entry';
const TEXT = '__DEFERRED_TEXT__';
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
 * `files` are modules that export only functions and classes. A module that only they import is deferred with them. A module
 * that others import too is loaded at the start, and both use the same instance. So are the modules of `early`.
 */
export function deferredModules({ files, early: others, input, platform, plugins, minify }) {
  const owners = new Map(files.flatMap((file) => exportsOf(file).map((name) => [name, file])));
  let text = '';
  let shared = new Map();
  return {
    name: 'deferred-modules',

    async buildStart() {
      const early = await earlyFiles({ files, others, input, platform });
      ({ text, shared } = asFunction(await bundleDeferred({ owners, platform, plugins, minify }, early)));
    },

    resolveId: (id) => (id === RUNTIME ? id : undefined),
    load: (id) => (id === RUNTIME ? runtime(shared) : undefined),

    transform(_, id) {
      const file = fileOf(id);
      if (!files.includes(file)) return undefined;
      const names = [...owners.keys()].filter((name) => owners.get(name) === file);
      return {
        code: `import { deferred } from '${RUNTIME}';\n${names.map(callOf).join('\n')}`,
        moduleSideEffects: false,
      };
    },

    // Here, because the minifier would write the text as a template, which V8 reads more slowly.
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk')
          chunk.code = chunk.code.replace(new RegExp(`(["'\`])${TEXT}\\1`), () => quoted(text));
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
  return [...code.matchAll(/^export (?:async )?(?:function|class)\*? (\w+)/gm)].map(([, name]) => name);
}

/** What a bundle without the deferred files imports. */
async function earlyFiles({ files, others, input, platform }) {
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
  const early = new Set([...Object.values(input), ...others]);
  for (const file of early) for (const next of imports.get(file) ?? []) if (!files.includes(next)) early.add(next);
  return early;
}

/** The deferred modules as one ES module, which imports the others by `early:FILE`. */
async function bundleDeferred({ owners, platform, plugins, minify }, early) {
  const entry = [...owners].map(([name, file]) => `export { ${name} } from ${JSON.stringify(resolve(file))};`);
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

/** The module as a function of the early modules, and the names that it takes from each of them. */
function asFunction(code) {
  const shared = new Map();
  const body = code
    .replaceAll(IMPORT, (_, names, file) => {
      const pairs = pairsOf(names);
      shared.set(file, [...new Set([...(shared.get(file) ?? []), ...pairs.map(([name]) => name)])]);
      return `const{${pairs.map((pair) => pair.join(':'))}}=early[${JSON.stringify(file)}];`;
    })
    .replaceAll(BARE_IMPORT, '')
    .replace(EXPORT, (_, names) => `return{${pairsOf(names).map(([own, name = own]) => `${name}:${own}`)}};`);
  const left = LEFT.exec(body);
  if (left !== null) throw new Error(`a deferred module cannot have ${body.slice(left.index, left.index + 60)}`);
  return { text: inAscii(`(function(early){"use strict";${body}})`), shared };
}

function callOf(name) {
  return `export function ${name}(...args) {
    const made = deferred().${name};
    return new.target === undefined ? made(...args) : new made(...args);
  }`;
}

/** Its file name is what stack traces show. */
function runtime(shared) {
  const modules = [...shared].map(([file, names], index) => ({
    file,
    pairs: names.map((name) => [name, `${name}_${index}`]),
  }));
  const imports = modules.map(
    ({ file, pairs }) => `import { ${pairs.map((pair) => pair.join(' as '))} } from ${JSON.stringify(resolve(file))};`,
  );
  const objects = modules.map(
    ({ file, pairs }) => `${JSON.stringify(file)}: { ${pairs.map((pair) => pair.join(': '))} }`,
  );
  return `${imports.join('\n')}
    import { ownFolder } from ${JSON.stringify(resolve('src/own-folder.ts'))};
    let made;
    export function deferred() {
      if (made === undefined) {
        const { Script } = process.getBuiltinModule('node:vm');
        const script = new Script('${TEXT}', { filename: \`\${ownFolder() ?? '.'}/auto-deferred.js\` });
        made = script.runInThisContext()({ ${objects.join(', ')} });
      }
      return made;
    }`;
}
