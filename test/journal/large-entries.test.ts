// Thousands of entries that travel in sealed files leave neither descriptors nor memory behind. (100 000 of them, through
// a real journald: bench/soak.js --files.)
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { createJournal } from '../../src/journal/create-journal.ts';
import { native } from '../../src/native.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { fakeJournald } from './fake-journald.ts';

const COUNT = 3000;
const WARM = 300;
const MIB = 1024 * 1024;
/** ASan keeps up to 256 MiB of what was freed for a while. */
const MOST = (process.env.ASAN_OPTIONS === undefined ? 100 : 400) * MIB;
/** More than a socket takes whose send buffer nobody has raised. */
const BYTES = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) + 50_000;

afterEach(() => vi.restoreAllMocks());

it('thousands of large entries cost no descriptor and no memory', async () => {
  // Its send buffer is as the kernel made it. For root, or with a generous net.core.wmem_max, it would take each entry in
  // one datagram.
  vi.spyOn(native(), 'open').mockImplementation(() => native().bindDatagram(`\0readyd-large-${process.pid}`));
  await using journald = await fakeJournald({ quiet: true });
  await journald.read();
  const log = createJournal({ connect: 'always', identifier: 'test' }, journald.path);
  const write = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) {
      log.info('large', { data: `${index}`.padEnd(BYTES, 'x') });
      if (index % 16 === 0) await log.flush();
    }
    await journald.arrived(to);
  };
  await write(0, WARM);
  const descriptors = openDescriptors();
  const { rss } = process.memoryUsage();
  await write(WARM, COUNT);
  expect(openDescriptors()).toBeLessThanOrEqual(descriptors + 1); // the one that wakes up who polls
  // All of them together are above 700 MiB.
  expect(process.memoryUsage().rss - rss).toBeLessThan(MOST);
  expect(log.dropped).toBe(0);
  expect(journald.entries.filter(({ fds, size }) => fds !== 1 || size < BYTES)).toEqual([]);
  await log.close();
});
