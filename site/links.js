// Finds the links of a built site that lead nowhere: to no file, to no heading, or, as `#` alone, to nothing at all.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const LINK = /<a\b[^>]*?\bhref="([^"]*)"/g;
const ID = /\bid="([^"]*)"/g;

export function htmlPages(site) {
  return readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
}

export function brokenLinks(site) {
  const pages = htmlPages(site);
  const texts = new Map(pages.map((page) => [page, readFileSync(join(site, page), 'utf8')]));
  const anchors = new Map();
  const hasAnchor = (page, anchor) => {
    if (!anchors.has(page)) anchors.set(page, new Set([...texts.get(page).matchAll(ID)].map(([, id]) => id)));
    return anchors.get(page).has(anchor);
  };
  return pages.flatMap((page) => {
    const links = new Set([...texts.get(page).matchAll(LINK)].map(([, link]) => decode(link)));
    return [...links].map((link) => fault(site, page, link, hasAnchor)).filter((found) => found !== undefined);
  });
}

function decode(link) {
  return decodeURIComponent(link.replaceAll('&amp;', '&'));
}

function fault(site, page, link, hasAnchor) {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split('#');
  if (path === '' && !anchor) return `${page}: the link '${link}' leads nowhere`;
  const target = path === '' ? page : targetOf(site, page, path);
  if (target === undefined) return `${page}: nothing is at ${link}`;
  if (anchor && target.endsWith('.html') && !hasAnchor(target, anchor)) return `${page}: no heading at ${link}`;
  return undefined;
}

function targetOf(site, page, path) {
  const file = path.startsWith('/') ? path.slice(1) : resolve('/', dirname(page), path).slice(1);
  const candidates = [file, `${file}.html`, join(file, 'index.html')];
  return candidates.find((name) => /\.\w+$/.test(name) && existsSync(join(site, name)));
}
