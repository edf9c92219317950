// Makes the docs site, in build/docs or the folder it is given: the API from the TSDoc, and the guides. Then checks that each
// of its links leads somewhere, to the very heading.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../build/docs'));

const typedoc = join(here, 'node_modules/typedoc/bin/typedoc');
execFileSync(
  process.execPath,
  [typedoc, '--options', join(here, 'typedoc.json'), '--out', out, '--logLevel', 'Error'],
  {
    cwd: here,
    stdio: 'inherit',
  },
);

const pages = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
const LINK = /href="([^"]*)"/g;

/** A link to the folder of an example, for which TypeDoc has nothing, leads to the page of its README, or nowhere. */
function led(page, link) {
  const [, example] = /^(?:\.\.\/)*media\/([\w-]+)$/.exec(link) ?? [];
  if (example === undefined) return link;
  const target = join(out, 'documents', `examples_${example}_README.html`);
  return existsSync(target) ? relative(dirname(join(out, page)), target) : '#';
}

for (const page of pages) {
  const html = readFileSync(join(out, page), 'utf8');
  writeFileSync(
    join(out, page),
    html.replaceAll(LINK, (_, link) => `href="${led(page, link)}"`),
  );
}

const anchors = new Map();
function hasAnchor(file, anchor) {
  if (!anchors.has(file)) {
    const ids = [...readFileSync(file, 'utf8').matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    anchors.set(file, new Set(ids));
  }
  return anchors.get(file).has(anchor);
}

function* broken() {
  for (const page of pages) {
    const links = new Set([...readFileSync(join(out, page), 'utf8').matchAll(LINK)].map(([, link]) => link));
    for (const link of links) {
      if (/^[a-z]+:/.test(link) || link === '#') continue;
      const [path, anchor] = decodeURIComponent(link.replaceAll('&amp;', '&')).split('#');
      const file = path === '' ? join(out, page) : resolve(dirname(join(out, page)), path.split('?')[0]);
      if (!existsSync(file)) yield `${page}: nothing is at ${link}`;
      else if (anchor && file.endsWith('.html') && !hasAnchor(file, anchor)) yield `${page}: no heading at ${link}`;
    }
  }
}

const faults = [...broken()];
for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages in ${out}, ${faults.length} broken links`);
if (faults.length > 0) process.exit(1);
