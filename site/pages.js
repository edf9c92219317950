// Puts the pages of the site into one folder: the guides, the READMEs of the examples, and the API from the TSDoc. Links
// between them stay relative; a file that is no page, such as a unit of an example, comes along as plain text.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT_PAGES = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
/** A link of Markdown, but for those to other sites and inside of the page. */
const LINK = /(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))/g;
const FENCE = /^```.*?^```/gms;

/** Every page, as [its source below the root, its place on the site]. */
function sources(root) {
  const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const examples = readdirSync(join(root, 'examples')).filter((name) =>
    existsSync(join(root, 'examples', name, 'README.md')),
  );
  return [
    ...ROOT_PAGES.map((name) => [name, name]),
    ...guides.map((name) => [`docs/${name}`, `docs/${name}`]),
    ['bench/README.md', 'bench/index.md'],
    ...examples.map((name) => [`examples/${name}/README.md`, `examples/${name}/index.md`]),
  ];
}

/** Writes all of them below `folder`, and returns their places. */
export function writePages(root, folder) {
  const pages = new Map(sources(root));
  rmSync(folder, { recursive: true, force: true });
  for (const [source, place] of pages) {
    const page = new Page(root, folder, source, place, pages);
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), page.text());
  }
  return [...pages.values()];
}

class Page {
  #root;
  #folder;
  #source;
  #place;
  #pages;

  constructor(root, folder, source, place, pages) {
    this.#root = root;
    this.#folder = folder;
    this.#source = source;
    this.#place = place;
    this.#pages = pages;
  }

  text() {
    const text = readFileSync(join(this.#root, this.#source), 'utf8');
    const blocks = [];
    // What stands in a block of code is no link.
    const bare = text.replace(FENCE, (block) => `\0${blocks.push(block) - 1}\0`);
    return bare
      .replace(LINK, (_, link, anchor = '') => `${this.#leads(link)}${anchor}`)
      .replace(/\0(\d+)\0/g, (_, index) => blocks[Number(index)]);
  }

  #leads(link) {
    const file = relative(this.#root, resolve(this.#root, dirname(this.#source), link));
    const target = join(this.#root, file);
    if (!existsSync(target)) throw new Error(`${this.#source}: nothing is at ${link}`);
    if (/\.(svg|png)$/.test(file)) return this.#bring(file, join(this.#folder, file), link);
    if (file === 'README.md') return '/';
    const page = this.#pages.get(file) ?? this.#pages.get(join(file, 'README.md'));
    if (page !== undefined) return relative(dirname(this.#place), page);
    if (statSync(target).isDirectory()) throw new Error(`${this.#source}: ${link} is a folder without a README`);
    const shown = `files/${file}.txt`;
    return this.#bring(file, join(this.#folder, 'public', shown), `/${shown}`);
  }

  #bring(file, target, link) {
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(this.#root, file), target);
    return link;
  }
}

/** What VitePress itself needs beside the pages. */
export function writeSettings(here, folder) {
  cpSync(join(here, 'vitepress'), join(folder, '.vitepress'), { recursive: true });
  cpSync(join(here, 'index.md'), join(folder, 'index.md'));
  mkdirSync(join(folder, 'public'), { recursive: true });
  cpSync(join(here, 'icon.svg'), join(folder, 'public/icon.svg'));
}
