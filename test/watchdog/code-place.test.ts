import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { locate } from '../../src/watchdog/code-place.ts';

test('a source map that is a FIFO is not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-map-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync('mkfifo', [join(folder, 'app.js.map')]);
  const url = pathToFileURL(join(folder, 'app.js')).href;
  const frame = { func: 'work', url, line: 4, column: 2, sourceMap: 'app.js.map' };
  expect(locate([frame], true)).toEqual([{ func: 'work', file: join(folder, 'app.js'), line: 5, column: 3 }]);
});
