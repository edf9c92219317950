import { describe, expect, it } from 'vitest';
import { checkTarget, type ListenTarget } from '../../src/sockets/target.ts';

describe('a fallback', () => {
  it.each<[ListenTarget['fallback'], unknown]>([
    [8080, { port: 8080 }],
    [0, { port: 0 }],
    ['8080', { port: 8080 }],
    ['/run/app.sock', { path: '/run/app.sock' }],
    ['@app', { path: '\0app' }],
    ['\0app', { path: '\0app' }],
    [
      { port: 80, host: '::1' },
      { port: 80, host: '::1' },
    ],
    [
      { path: '/run/app.sock', readableAll: true },
      { path: '/run/app.sock', readableAll: true },
    ],
    [undefined, undefined],
  ])('%j', (fallback, options) => {
    const target: ListenTarget = fallback === undefined ? {} : { fallback };
    expect(checkTarget(target).fallback).toEqual(options);
  });

  it('an object is copied', () => {
    const fallback = { port: 80 };
    expect(checkTarget({ fallback }).fallback).not.toBe(fallback);
  });
});

describe('what is no target', () => {
  it.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    [null, TypeError, 'target must be an object, not null'],
    ['web', TypeError, 'target must be an object'],
    [{ Name: 'web' }, TypeError, '"Name"'],
    [{ port: 80 }, TypeError, '"port"'],
    [{ name: 1 }, TypeError, 'target.name must be a string, not 1'],
    [{ backlog: '7' }, TypeError, 'target.backlog'],
    [{ backlog: 0 }, RangeError, 'target.backlog'],
    [{ backlog: 1.5 }, RangeError, 'target.backlog'],
    [{ backlog: 2_147_483_648 }, RangeError, 'target.backlog'],
    [{ fallback: true }, TypeError, 'target.fallback'],
    [{ fallback: null }, TypeError, 'target.fallback'],
    [{ fallback: '' }, TypeError, 'target.fallback'],
    [{ fallback: {} }, TypeError, 'target.fallback must have a port or a path'],
    [{ fallback: -1 }, RangeError, 'target.fallback'],
    [{ fallback: 65_536 }, RangeError, 'target.fallback'],
    [{ fallback: '65536' }, RangeError, 'target.fallback'],
    [{ fallback: 80.5 }, RangeError, 'target.fallback'],
    [{ fallback: Number.NaN }, RangeError, 'target.fallback'],
    [{ fallback: { port: 65_536 } }, RangeError, 'target.fallback.port'],
    [{ fallback: { port: 'http' } }, RangeError, 'target.fallback.port'],
  ])('%j', (target, type, message) => {
    const checking = () => checkTarget(target as ListenTarget); // wrong on purpose
    expect(checking).toThrow(type);
    expect(checking).toThrow(message);
    expect(checking).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
  });
});
