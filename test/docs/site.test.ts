// The docs site as a reader has it: every page of it in a real browser, at the width of a phone and of a desk.
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
  if (!existsSync(join(root, 'site/node_modules/typedoc'))) {
    return { reason: 'the generator of the docs site is not installed', command: 'npm run docs' };
  }
  return hasChromium() ? undefined : { reason: 'chromium is not installed', command: 'apt-get install chromium' };
}

const missing = whatIsMissing();

/** By HTTP, as it will be: a browser lets a page that is a file load less. */
function serve(folder: string): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(folder, decodeURIComponent(pathname));
    if (!existsSync(path)) response.writeHead(404).end();
    else response.setHeader('content-type', TYPES[extname(path)] ?? '').end(readFileSync(path));
  });
}

// TypeDoc hides a page until its script has run.
const SHOWN = `getComputedStyle(document.body).display !== 'none'`;

// What is wrong with a page, as its reader would say it. Runs in the browser.
const FAULTS = `(() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const box = (element) => element.getBoundingClientRect();
  const heading = document.querySelector('h1');
  if (heading === null || heading.textContent.trim() === '') faults.push('no heading');
  else if (box(heading).height === 0 || box(heading).left < 0 || box(heading).right > width) faults.push('its heading is not seen');
  if (document.documentElement.scrollWidth > width) faults.push('scrolls sideways: ' + document.documentElement.scrollWidth);
  for (const image of document.querySelectorAll('.col-content img')) {
    if (!image.complete || image.naturalWidth === 0 || box(image).width === 0) faults.push('no image: ' + image.src);
  }
  for (const code of document.querySelectorAll('.col-content pre:has(code)')) {
    const { height, width: wide } = box(code);
    // What is folded away has no box.
    if (code.checkVisibility() && (height < 20 || wide < 100)) faults.push('no code: ' + code.textContent.slice(0, 40));
  }
  return faults;
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
  }, 120_000);

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

  it.each([360, 1280])(
    'shows each of its pages at a width of %i',
    async (width) => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
      expect(names).toEqual(
        expect.arrayContaining(['index.html', 'documents/docs_protocol.html', 'functions/index.notify.html']),
      );
      const one = await page(width);
      const found: string[] = [];
      for (const name of names) {
        await one.open(url(name));
        await one.until(SHOWN);
        const faults = [...one.faults.splice(0), ...(await one.value<string[]>(FAULTS))];
        found.push(...faults.map((fault) => `${name}: ${fault}`));
      }
      expect(found).toEqual([]);
    },
    120_000,
  );

  it('has the drawings of the guides, and code in colours', async () => {
    const one = await page(1280);
    await one.open(url('documents/docs_service.html'));
    const drawings = `[...document.querySelectorAll('.col-content img')].map((image) => image.naturalWidth > 0)`;
    expect(await one.value(drawings)).toEqual([true]);
    const colours = `new Set([...document.querySelectorAll('.col-content pre code span')].map((span) => getComputedStyle(span).color)).size`;
    expect(await one.value(colours)).toBeGreaterThan(3);
  });

  it.each([
    ['in the margin', 1280, []],
    ['in the menu of a phone', 360, ['#tsd-toolbar-menu-trigger']],
  ])('leads to a guide by its link %s', async (_, width, first) => {
    const one = await page(width);
    await one.open(url('index.html'));
    const link = '.site-menu a[href$="docs_watchdog.html"]';
    for (const selector of first) await one.click(selector);
    await one.leads(() => one.click(link));
    expect(await one.value('location.pathname')).toBe('/documents/docs_watchdog.html');
    await one.until(SHOWN);
    expect(await one.value<string[]>(FAULTS)).toEqual([]);
  });

  it('finds a function by its name', async () => {
    const one = await page(1280);
    await one.open(url('index.html'));
    await one.click('#tsd-search-trigger');
    await one.until(`document.activeElement?.id === 'tsd-search-input'`);
    await one.type('listenFds');
    const result = '#tsd-search-results a[href*="index.listenFds.html"]';
    await one.leads(() => one.click(result));
    expect(await one.value(`document.querySelector('h1').textContent`)).toContain('listenFds');
  });

  it('would be seen to lack something', async () => {
    // Or the above would pass whatever they look at.
    const one = await page(360);
    await one.open(url('nowhere.html'));
    expect(one.faults.join()).toContain('status of 404');
    await one.open(url('documents/docs_service.html'));
    await one.until(SHOWN);
    one.faults.length = 0;
    const breakIt = `new Promise((resolve) => {
      const image = document.querySelector('.col-content img');
      image.onerror = resolve;
      image.src = 'nowhere.svg';
      document.querySelector('.col-content pre').style.width = '2000px';
    }).then(() => undefined)`;
    await one.value(breakIt);
    expect(await one.value<string[]>(FAULTS)).toEqual([
      expect.stringContaining('scrolls sideways'),
      expect.stringContaining('nowhere.svg'),
    ]);
    expect(one.faults).not.toEqual([]);
  });
});
