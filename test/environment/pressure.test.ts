import { expect, test } from 'vitest';
import { readPressureWatch } from '../../src/environment/pressure.ts';

const WATCH = '/sys/fs/cgroup/a.service/memory.pressure';

test('what systemd sets, as it was measured', () => {
  expect(
    readPressureWatch({ MEMORY_PRESSURE_WATCH: WATCH, MEMORY_PRESSURE_WRITE: 'c29tZSAyMDAwMDAgMjAwMDAwMAA=' }),
  ).toEqual({
    paths: [WATCH],
    write: Buffer.from('some 200000 2000000\0'),
    byDefault: false,
  });
});

test('nothing to write', () => {
  expect(readPressureWatch({ MEMORY_PRESSURE_WATCH: '/run/fifo' })).toEqual({
    paths: ['/run/fifo'],
    write: Buffer.alloc(0),
    byDefault: false,
  });
});

test.each(['', '/dev/null'])('%j switches it off', (watch) => {
  expect(readPressureWatch({ MEMORY_PRESSURE_WATCH: watch })).toBeUndefined();
});

test('unset: the own cgroup, then the machine', () => {
  const watch = readPressureWatch({});
  expect(watch?.paths.at(-1)).toBe('/proc/pressure/memory');
  expect(watch?.byDefault).toBe(true);
  expect(String(watch?.write)).toBe('some 200000 2000000\0');
  expect(watch?.paths.every((path) => path === '/proc/pressure/memory' || path.endsWith('/memory.pressure'))).toBe(
    true,
  );
});

test.each(['a', './a', '/a/../b', '/a//b', 'unix:/a'])('refuses $MEMORY_PRESSURE_WATCH=%j', (watch) => {
  expect(() => readPressureWatch({ MEMORY_PRESSURE_WATCH: watch })).toThrow(
    expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }),
  );
});

test.each(['!', 'c', 'c2=9', 'c29t\n', 'c29tZ==='])('refuses $MEMORY_PRESSURE_WRITE=%j', (write) => {
  expect(() => readPressureWatch({ MEMORY_PRESSURE_WATCH: WATCH, MEMORY_PRESSURE_WRITE: write })).toThrow(
    expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }),
  );
});

test('padding may be left out', () => {
  const watch = readPressureWatch({ MEMORY_PRESSURE_WATCH: WATCH, MEMORY_PRESSURE_WRITE: 'c29' });
  expect(String(watch?.write)).toBe('so');
});
