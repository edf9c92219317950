import { expect, it } from 'vitest';
import { readFdStore } from '../../src/environment/fd-store.ts';

it.each([
  [undefined, 0],
  ['0', 0],
  ['7', 7],
  ['4294967295', 4_294_967_295],
])('$FDSTORE=%s is room for %d', (FDSTORE, capacity) => expect(readFdStore({ FDSTORE })).toBe(capacity));

it.each(['', '-1', '7 ', 'many', '4294967296'])('$FDSTORE=%j is malformed', (FDSTORE) => {
  const reading = () => readFdStore({ FDSTORE });
  expect(reading).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  expect(reading).toThrow(`$FDSTORE is ${JSON.stringify(FDSTORE)}`);
});
