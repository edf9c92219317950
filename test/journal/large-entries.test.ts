// Thousands of entries that travel in sealed files leave neither descriptors nor memory behind. (100 000 of them, through
// a real journald: bench/soak.js --files.)
import { readFileSync } from 'node:fs';
import { afterEach, expect, vi } from 'vitest';
import { createJournal } from '../../src/journal/create-journal.ts';
import { native } from '../../src/native.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { LONG, testWith } from '../left-out.ts';
import { fakeJournald } from './fake-journald.ts';

const COUNT = 3000;
const WARM = COUNT / 10;
const MIB = 1024 * 1024;
/** ASan keeps up to 256 MiB of freed memory for a while. */
const MOST = (process.env.ASAN_OPTIONS === undefined ? 100 : 400) * MIB;
/** Too large for a datagram on a socket with the default send buffer. */
const BYTES = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) + 50_000;

afterEach(() => vi.restoreAllMocks());

testWith(LONG, 'thousands of large entries cost no descriptor and no memory', async () => {
  // The socket keeps the kernel's default send buffer. Root, or a large net.core.wmem_max, would get a larger one, and each
  // entry would fit one datagram.
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
  expect(openDescriptors()).toBeLessThanOrEqual(descriptors + 1); // the eventfd that wakes the polls
  // All of them together are above 700 MiB.
  expect(process.memoryUsage().rss - rss).toBeLessThan(MOST);
  expect(log.dropped).toBe(0);
  expect(journald.entries.filter(({ fds, size }) => fds !== 1 || size < BYTES)).toEqual([]);
  await log.close();
});
