// Hooks process.stdout and process.stderr. Node creates each of them on first access, which takes milliseconds: so the
// hook waits for that access, unless the stream may exist already.
import type { Writable } from 'node:stream';
import { replace } from '../replace.ts';
import type { Descriptor, Recorder } from './recorder.ts';

type StreamWrite = (this: Writable, chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

/** Returns a function that removes the hook. */
export function hookStream(recorder: Recorder, name: 'stdout' | 'stderr', fd: Descriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name);
  const get = before?.get;
  if (before === undefined || get === undefined || !before.configurable || mayExist()) {
    return hookWrite(recorder, process[name], fd);
  }
  let undo: (() => void) | undefined;
  const asked = (): Writable => {
    const stream = get.call(process) as Writable; // the type of both properties
    Object.defineProperty(process, name, before);
    undo ??= hookWrite(recorder, stream, fd);
    return stream;
  };
  Object.defineProperty(process, name, { ...before, get: asked });
  return () => {
    if (Object.getOwnPropertyDescriptor(process, name)?.get === asked) Object.defineProperty(process, name, before);
    undo?.();
  };
}

/**
 * Whether Node may have created a stream: another preload has used console. It needs one of these modules for that, by
 * the kind of the descriptor: socket or pipe, terminal, file.
 */
function mayExist(): boolean {
  const loaded: unknown = Reflect.get(process, 'moduleLoadList');
  const needed = ['NativeModule net', 'NativeModule tty', 'NativeModule internal/fs/sync_write_stream'];
  return Array.isArray(loaded) && needed.some((module) => loaded.includes(module));
}

function hookWrite(recorder: Recorder, stream: Writable, fd: Descriptor): () => void {
  const before: unknown = stream.write;
  const undo = replace(stream, 'write', (original: StreamWrite) => {
    return function (this: Writable, chunk, encoding, callback) {
      const taken = !this.destroyed && !this.writableEnded && take(recorder, fd, chunk, encoding);
      if (!taken) return original.call(this, chunk, encoding, callback);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done !== 'function') return true;
      // As Node, with null. The callback of console only handles an error, so it need not wait for the next tick.
      if (recorder.call === undefined) process.nextTick(done, null);
      else done(null);
      return true;
    };
  });
  if (stream.write !== before) recorder.hooked[fd] = { stream, write: stream.write };
  return undo;
}

function take(recorder: Recorder, fd: Descriptor, chunk: unknown, encoding: unknown): boolean {
  if (typeof chunk === 'string') {
    if (typeof encoding !== 'string' || /^utf-?8$/i.test(encoding)) return recorder.takeText(fd, chunk);
    return Buffer.isEncoding(encoding) && recorder.takeBytes(fd, Buffer.from(chunk, encoding));
  }
  // Any other type is an error that Node reports.
  return chunk instanceof Uint8Array && recorder.takeBytes(fd, chunk);
}
