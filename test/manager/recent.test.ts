import { expect, test } from 'vitest';
import { Recent } from '../../src/manager/recent.ts';

test('keeps so many of the last, and counts all', () => {
  const recent = new Recent<number>({ count: 100, bytes: 1e9 });
  for (let index = 0; index < 1000; index += 1) recent.push(index, 1);
  expect(recent.items.length).toBeLessThanOrEqual(100);
  expect(recent.items.length).toBeGreaterThanOrEqual(75);
  expect(recent.items.at(-1)).toBe(999);
  expect(recent.total).toBe(1000);
});

test('keeps so many bytes, and always the last', () => {
  const recent = new Recent<string>({ count: 100, bytes: 1000 });
  for (const size of [400, 400, 400]) recent.push(String(size), size);
  expect(recent.items).toEqual(['400']);
  recent.push('large', 5000);
  expect(recent.items).toEqual(['large']);
});

test('what was handed out stays as it is', () => {
  const recent = new Recent<number>({ count: 4, bytes: 1e9 });
  for (const item of [1, 2, 3, 4]) recent.push(item, 1);
  const before = recent.items;
  recent.push(5, 1);
  expect(before.slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(recent.items).toEqual([3, 4, 5]);
});
