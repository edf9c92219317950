import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { EAGAIN, ETIMEDOUT, errnoName } from '../src/errno.ts';

it('has the numbers of Linux', () => {
  expect({ EAGAIN, ETIMEDOUT }).toEqual({ EAGAIN: constants.errno.EAGAIN, ETIMEDOUT: constants.errno.ETIMEDOUT });
});

it.each([
  [11, 'EAGAIN'],
  [109, 'ETOOMANYREFS'],
  [12_345, 'E12345'],
])('%i is %s', (errno, name) => expect(errnoName(errno)).toBe(name));
