// Makes the docs site, in build/docs or the folder it is given: the guides and the API, and then checks every link.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { inputs } from '../scripts/entry-points.js';
import { brokenLinks, htmlPages } from './links.js';
import { NAVIGATION } from './navigation.js';
import { writePages, writeSettings } from './pages.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const out = resolve(process.argv[2] ?? join(root, 'build/docs'));
// Below this folder, so that what the site is made with is found from there.
const pages = join(here, '.pages', String(process.pid));

function checkNavigation(places) {
  const shown = new Set(NAVIGATION.flatMap(({ items }) => items.map(({ page }) => `${page}.md`)));
  const missing = places.filter((place) => !/^(examples|bench)\//.test(place) && !shown.has(place));
  if (missing.length > 0) throw new Error(`site/navigation.js does not show ${missing.join(', ')}`);
  const absent = [...shown].filter((page) => page !== 'api/index.md' && !places.includes(page));
  if (absent.length > 0 && !process.env.DRAFT)
    throw new Error(`site/navigation.js shows ${absent.join(', ')}, which do not exist`);
}

try {
  checkNavigation(writePages(root, pages));
  writeSettings(here, pages);
  const typedoc = join(here, 'node_modules/typedoc/bin/typedoc');
  const options = [
    '--options',
    join(here, 'typedoc.json'),
    '--out',
    join(pages, 'api'),
    '--docsRoot',
    pages,
    '--logLevel',
    'Error',
    // readyd/auto exports nothing.
    ...Object.values({ ...inputs('product'), ...inputs('manager') }).flatMap((path) => [
      '--entryPoints',
      join(root, path),
    ]),
  ];
  execFileSync(process.execPath, [typedoc, ...options], { cwd: here, stdio: 'inherit' });
  await build(pages, { outDir: out, logLevel: 'error' });
} finally {
  rmSync(pages, { recursive: true, force: true });
}

const faults = brokenLinks(out);
for (const fault of faults) console.error(fault);
console.log(`${htmlPages(out).length} pages in ${out}, ${faults.length} broken links`);
process.exit(faults.length > 0 ? 1 : 0);
