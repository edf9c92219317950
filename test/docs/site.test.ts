// The docs site in a real browser: the guides and a part of the API, as wide as a phone and as a desktop, light and dark.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lack, testWith } from '../left-out.ts';
import { Browser, hasChromium, type Page } from './browser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

function whatIsMissing(): Lack | undefined {
  if (!existsSync(join(root, 'site/node_modules/vitepress'))) {
    return { reason: 'the generator of the docs site is not installed', command: 'npm run docs' };
  }
  return hasChromium() ? undefined : { reason: 'chromium is not installed', command: 'apt-get install chromium' };
}

const missing = whatIsMissing();

/** Serves the site by HTTP: a browser restricts a page that it opens as a file. */
function serve(folder: string): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(folder, decodeURIComponent(pathname.replace(/\/$/, '/index.html')));
    if (!existsSync(path)) response.writeHead(404).end();
    else response.setHeader('content-type', TYPES[extname(path)] ?? '').end(readFileSync(path));
  });
}

// The scripts of the site have started.
const SHOWN = `document.querySelector('#app')?.__vue_app__ !== undefined && document.querySelector('h1') !== null`;

// Finds the faults that a reader of the page would see. Runs in the browser.
const FAULTS = `(() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const box = (element) => element.getBoundingClientRect();
  const headings = [...document.querySelectorAll('h1')];
  if (headings.length !== 1) faults.push(headings.length + ' main headings');
  for (const heading of headings) {
    const { height, left, right } = box(heading);
    if (heading.textContent.trim() === '') faults.push('an empty heading');
    else if (height === 0 || left < 0 || right > width) faults.push('its heading is not visible');
  }
  if (document.documentElement.scrollWidth > width) faults.push('scrolls sideways: ' + document.documentElement.scrollWidth);
  for (const image of document.querySelectorAll('main img, .VPHome img')) {
    if (!image.checkVisibility()) continue;
    if (!image.complete || image.naturalWidth === 0 || box(image).width === 0) faults.push('no image: ' + image.src);
    else if (box(image).right > width) faults.push('an image is too wide: ' + image.src);
  }
  for (const code of document.querySelectorAll('.vp-doc pre:has(code)')) {
    const { height, width: wide } = box(code);
    if (code.checkVisibility() && (height < 20 || wide < 100)) faults.push('no code: ' + code.textContent.slice(0, 40));
  }
  for (const table of document.querySelectorAll('.vp-doc table')) {
    if (box(table).right > width) faults.push('a table is too wide: ' + table.textContent.slice(0, 40));
  }
  return faults;
})()`;

// The lightness of the background and of the text, from 0 to 1.
const LIGHTNESS = `(() => {
  const of = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + part / 765, 0);
  const { backgroundColor, color } = getComputedStyle(document.body);
  return { background: of(backgroundColor), text: of(color) };
})()`;

describe('the docs site', () => {
  if (missing !== undefined) {
    testWith(missing, 'is looked at in a browser', () => undefined);
    return;
  }

  const folder = mkdtempSync(join(tmpdir(), 'readyd-site-'));
  const server = serve(folder);
  let browser: Browser | undefined;

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, 'site/build.js'), folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    browser = new Browser();
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const page = async (width: number): Promise<Page> => {
    if (browser === undefined) throw new Error('no browser'); // what the types cannot know
    return browser.page(width);
  };
  const url = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

  it('shows its pages without a fault at the widths of a phone and of a desk', async () => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.html') && name !== '404.html',
    );
    expect(names).toEqual(
      expect.arrayContaining(['index.html', 'docs/protocol.html', 'api/index/functions/notify.html']),
    );
    // The pages of the API have one template for each kind: a few of each kind are enough.
    const shown = names.filter((name, index) => !/^api\/\w+\//.test(name) || index % 10 === 0);
    const one = await page(400);
    const found: string[] = [];
    for (const name of shown) {
      await one.resize(400);
      await one.open(url(name));
      await one.until(SHOWN);
      for (const width of [400, 1280]) {
        await one.resize(width);
        const faults = [...one.faults.splice(0), ...(await one.value<string[]>(FAULTS))];
        found.push(...faults.map((fault) => `${name} at ${width}: ${fault}`));
      }
    }
    expect(found).toEqual([]);
  }, 600_000);

  it('follows the colours that the reader prefers, and its drawings do too', async () => {
    const one = await page(1280);
    for (const [scheme, dark] of [
      ['light', false],
      ['dark', true],
    ] as const) {
      await one.prefer(scheme);
      await one.open(url('docs/service.html'));
      await one.until(SHOWN);
      const { background, text } = await one.value<{ background: number; text: number }>(LIGHTNESS);
      expect([background < 0.3, text < 0.5]).toEqual([dark, !dark]);
      expect(await one.value(`getComputedStyle(document.querySelector('.vp-doc img')).colorScheme`)).toBe(scheme);
      expect(await one.value<string[]>(FAULTS)).toEqual([]);
    }
  });

  it('has the drawings of the guides, and code in colours', async () => {
    const one = await page(1280);
    await one.open(url('docs/service.html'));
    await one.until(SHOWN);
    const drawings = `[...document.querySelectorAll('.vp-doc img')].map((image) => image.naturalWidth > 0)`;
    expect(await one.value(drawings)).toContain(true);
    const colours = `new Set([...document.querySelectorAll('.vp-doc pre code span')].map((span) => getComputedStyle(span).color)).size`;
    expect(await one.value(colours)).toBeGreaterThan(3);
  });

  it.each([
    ['in the margin', 1280, []],
    ['in the menu of a phone', 400, ['.VPLocalNav .menu']],
  ])('leads to a guide by its link %s', async (_, width, first) => {
    const one = await page(width);
    await one.open(url('docs/quick-start.html'));
    await one.until(SHOWN);
    for (const selector of first) await one.click(selector);
    await one.click('.VPSidebar a[href$="/docs/watchdog.html"]');
    await one.until(
      `location.pathname === '/docs/watchdog.html' && document.querySelector('h1')?.textContent.includes('Restarting')`,
    );
    expect(await one.value<string[]>(FAULTS)).toEqual([]);
  });

  it('finds a function by its name', async () => {
    const one = await page(1280);
    await one.open(url('index.html'));
    await one.until(SHOWN);
    await one.click('.VPNavBarSearch button');
    await one.until(`document.activeElement?.classList.contains('search-input')`);
    await one.type('listenFds');
    await one.click('.VPLocalSearchBox .results a[href*="functions/listenFds.html"]');
    await one.until(`document.querySelector('h1')?.textContent.includes('listenFds')`);
  });

  it('would fail if a page lacked something', async () => {
    const one = await page(400);
    await one.open(url('nowhere.html'));
    expect(one.faults.join()).toContain('status of 404');
    await one.open(url('docs/service.html'));
    await one.until(SHOWN);
    one.faults.length = 0;
    const breakIt = `new Promise((resolve) => {
      const image = document.querySelector('.vp-doc img');
      image.onerror = resolve;
      image.src = 'nowhere.svg';
      document.querySelector('.vp-doc h2').style.width = '2000px';
    }).then(() => undefined)`;
    await one.value(breakIt);
    expect(await one.value<string[]>(FAULTS)).toEqual([
      expect.stringContaining('scrolls sideways'),
      expect.stringContaining('nowhere.svg'),
    ]);
    expect(one.faults).not.toEqual([]);
  });
});
