import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DescriptorStore } from '../../src/manager/descriptor-store.ts';

/** open(2); Node has no name for it. */
const O_PATH = 0o10_000_000;

test('a descriptor that cannot be asked for its kind is stored, too', () => {
  const store = new DescriptorStore(2);
  expect(store.add([openSync('/', O_PATH)], 'root')).toEqual({ stored: 1, refused: 0 });
  expect(store.entries).toMatchObject([{ name: 'root' }]);
  store.clear();
});
