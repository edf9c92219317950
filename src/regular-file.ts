// Reads a file that somebody else may have put there. An ordinary read of a FIFO waits for a writer, of a device it may never
// end, and opening some devices has effects.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;

/**
 * The content of a regular file of at most `maxBytes`.
 *
 * @throws for anything else: the error of the system call, or one that says what the path is.
 */
export function readRegularFile(path: string | URL, maxBytes: number): Buffer {
  // Before it is opened, and again once it is: the path may lead elsewhere by then.
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

/** By what there is to read: a file may grow meanwhile, and one of /proc has a size of 0. */
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
