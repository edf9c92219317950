import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { NAVIGATION } from '../../../navigation.js';

/** Headings get the same anchors as on GitHub, so that a link to one works in both places. */
function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function link({ text, page }) {
  return { text, link: `/${page.replace(/\/index$/, '/')}` };
}

function apiSidebar() {
  return JSON.parse(readFileSync(new URL('../api/typedoc-sidebar.json', import.meta.url), 'utf8'));
}

const guides = NAVIGATION.map(({ text, items }) => ({ text, items: items.map(link) }));

export default defineConfig({
  title: 'readyd',
  description: 'The systemd SDK for Node services',
  lang: 'en',
  cleanUrls: false,
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  markdown: { anchor: { slugify }, languageAlias: { console: 'shellsession', text: 'txt' } },
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [link({ text: 'Quick start', page: 'docs/quick-start' }), link({ text: 'API', page: 'api/index' })],
    sidebar: { '/api/': [...apiSidebar(), { text: 'Guides', link: '/docs/quick-start' }], '/': guides },
  },
});
