// Hooks writes to a descriptor that bypass the streams: fs.write and fs.writeSync, which pino's destination uses.

import { replace } from '../replace.ts';
import type { Descriptor, Recorder } from './recorder.ts';

type FsCallback = (error: Error | null, written?: number, data?: unknown) => void;
type FsWrite = (this: unknown, fd: number, ...args: unknown[]) => unknown;
type FsClose = (this: unknown, fd: number, ...args: unknown[]) => unknown;

/** Returns a function that removes the hook. `open` contains the recorded descriptors. */
export function hookDescriptors(recorder: Recorder, open: ReadonlySet<Descriptor>): () => void {
  // The object that all modules share: an import would be a copy of its members.
  const fs = process.getBuiltinModule('node:fs');
  // Here and not as an import, because it adds a fifteenth to what the import of the package costs.
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const recorded = new Set<number>(open);
  const takes = (fd: number, args: readonly unknown[]): number | undefined =>
    recorded.has(fd) ? take(recorder, fd as Descriptor, args) : undefined; // so the set says
  const undo = [
    replace(fs, 'writeSync', (original: FsWrite) => {
      return function (this: unknown, fd, ...args) {
        return takes(fd, args) ?? original.call(this, fd, ...args);
      };
    }),
    replace(fs, 'write', (original: FsWrite) => {
      return function (this: unknown, fd, ...args) {
        const callback = args.at(-1);
        const written = typeof callback === 'function' ? takes(fd, args.slice(0, -1)) : undefined;
        if (written === undefined) return original.call(this, fd, ...args);
        setImmediate(callback as FsCallback, null, written, args[0]);
        return undefined;
      };
    }),
    // After a close, another file may get the number.
    ...['close', 'closeSync'].map((name) =>
      replace(fs, name, (original: FsClose) => {
        return function (this: unknown, fd, ...args) {
          if (recorded.delete(fd)) recorder.flushOne(fd as Descriptor);
          return original.call(this, fd, ...args);
        };
      }),
    ),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  };
}

/** How many bytes were recorded; undefined if the caller must write them unchanged. */
function take(recorder: Recorder, fd: Descriptor, args: readonly unknown[]): number | undefined {
  const [data, second, third, fourth] = args;
  if (typeof data === 'string') {
    // (fd, string, position, encoding); pino passes the encoding as the position.
    const encoding = typeof third === 'string' ? third : 'utf8';
    if (typeof second === 'number' || !/^utf-?8$/i.test(encoding)) return undefined;
    return recorder.takeText(fd, data) ? Buffer.byteLength(data) : undefined;
  }
  if (!(data instanceof Uint8Array)) return undefined;
  const range = typeof second === 'object' && second !== null ? (second as Record<string, unknown>) : undefined;
  const offset = (range === undefined ? second : range.offset) ?? 0;
  const length = (range === undefined ? third : range.length) ?? data.byteLength - Number(offset);
  const position = range === undefined ? fourth : range.position;
  // Leaves invalid arguments to Node, which reports them. A stream has no position.
  if (!isIndex(offset) || !isIndex(length) || offset + length > data.byteLength || typeof position === 'number') {
    return undefined;
  }
  const bytes = data.subarray(offset, offset + length);
  return recorder.takeBytes(fd, bytes) ? length : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
