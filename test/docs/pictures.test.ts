// The pictures of docs/: each is an SVG file without other files, a page shows it with a description, and it suits light and
// dark pages.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import { documents } from './blocks.ts';

const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');
const pictures = readdirSync(join(packageRoot(), 'docs')).filter((name) => name.endsWith('.svg'));
const shown = documents().flatMap((document) => [...read(document).matchAll(/!\[([^\]]*)\]\(([^)]+\.svg)\)/g)]);

test('the pictures are there', () => {
  expect(pictures).toEqual(
    expect.arrayContaining(['systemctl-status.svg', 'journalctl.svg', 'readyd-run.svg', 'restart-under-load.svg']),
  );
});

describe.each(pictures)('%s', (name) => {
  const text = read(`docs/${name}`);

  test('loads nothing, and embeds no font', () => {
    expect(text.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /https?:|data:|@font-face|@import|<image|<script/,
    );
    expect(text.length).toBeLessThan(40_000);
  });

  test('holds no control character, which XML forbids', () => {
    expect([...Buffer.from(text)].filter((byte) => byte < 0x20 && byte !== 0x0a)).toEqual([]);
  });

  test('can be read on light and dark pages', () => {
    // The picture of a terminal has its own background.
    expect(text).toMatch(/prefers-color-scheme: dark|<rect width="100%" height="100%" rx="10" fill="#0d1117"\/>/);
  });

  test('is shown, and described', () => {
    const descriptions = shown
      .filter(([, , path = '']) => path.endsWith(name))
      .map(([, description = '']) => description);
    expect(descriptions.length).toBeGreaterThan(0);
    for (const description of descriptions) expect(description.length).toBeGreaterThan(30);
  });
});
