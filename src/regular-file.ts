// Reads a file of untrusted origin. A normal read of a FIFO waits for a writer, a read of a device may never end, and
// opening some devices has side effects.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a regular file of at most `maxBytes`.
 *
 * @throws for any other file: the error of the system call, or one that names the kind of file.
 */
export function readRegularFile(path: string | URL, maxBytes: number): Buffer {
  // Checked before and after opening, because the path may have changed in between.
  checkRegular(path, statSync(path).isFile());
  const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const stat = fstatSync(fd);
    checkRegular(path, stat.isFile());
    if (stat.size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`);
    return readUpTo(fd, maxBytes);
  } finally {
    closeSync(fd);
  }
}

function checkRegular(path: string | URL, regular: boolean): void {
  if (!regular) throw new Error(`${path} is not a regular file`);
}

/** Reads to the end without using the size: a file may grow, and files in /proc have a size of 0. */
function readUpTo(fd: number, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = maxBytes; left > 0; ) {
    const part = Buffer.allocUnsafe(Math.min(left, 64 * 1024));
    const count = readSync(fd, part, 0, part.length, null);
    if (count === 0) break;
    parts.push(part.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(parts);
}
