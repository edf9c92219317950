// Whether the kernel can execute a file. execve(2)
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';

const HEAD_BYTES = 256;
const ELF = '\x7fELF';

/** `absent`, `mode`, `format`, or the path of a missing interpreter; undefined if no fault was found. */
export function faultOf(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  if (!existsSync(path)) return 'absent';
  try {
    if (!statSync(path).isFile()) return 'mode';
    accessSync(path, constants.X_OK);
  } catch {
    return 'mode';
  }
  const head = headOf(path);
  if (head === undefined || head.startsWith(ELF)) return undefined;
  const interpreter = /^#!\s*(\S+)/.exec(head)?.[1];
  if (interpreter === undefined) return 'format';
  return existsSync(interpreter) ? undefined : interpreter;
}

function headOf(path: string): string | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString('latin1', 0, readSync(fd, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
