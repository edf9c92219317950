import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DescriptorSink, StreamSink } from '../../src/journal/line-sink.ts';
import { native } from '../../src/native.ts';

const PACKAGE = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
/** Far more than a pipe holds. */
const LINES = Array.from({ length: 5000 }, (_, index) => `${index} ${'é'.repeat(index % 100)}\n`);

class Pipe implements Disposable {
  readonly #ends: readonly [number, number];

  constructor() {
    const ends = native().pipe();
    if (typeof ends === 'number') throw new Error(`pipe2: ${ends}`);
    this.#ends = ends;
  }

  get writeEnd(): number {
    return this.#ends[1];
  }

  /** The bytes that are in the pipe now. */
  read(): Buffer {
    const buffer = Buffer.alloc(1 << 20);
    try {
      return buffer.subarray(0, readSync(this.#ends[0], buffer));
    } catch {
      return Buffer.alloc(0); // EAGAIN
    }
  }

  closeReader(): void {
    native().close(this.#ends[0]);
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) native().close(end);
  }
}

describe('a pipe without a reader', () => {
  it('gets every line in order when a reader comes', () => {
    using pipe = new Pipe();
    const sink = new DescriptorSink(pipe.writeEnd, 1 << 20);
    for (const line of LINES) expect(sink.write(line)).toBe(true);
    expect(sink.flushSync(0)).toBe(false);
    const read: Buffer[] = [];
    for (let left = 1000; left > 0 && !sink.flushSync(0); left -= 1) read.push(pipe.read());
    read.push(pipe.read());
    expect(Buffer.concat(read).toString()).toBe(LINES.join(''));
  });

  it('is refused what would fill the memory', () => {
    using pipe = new Pipe();
    const sink = new DescriptorSink(pipe.writeEnd, 1000);
    const taken = LINES.filter((line) => sink.write(line));
    expect(taken.length).toBeLessThan(LINES.length);
    while (!sink.flushSync(0)) pipe.read();
    expect(sink.write('again\n')).toBe(true);
    pipe.read();
  });

  it('does not hold up close() for ever', async () => {
    using pipe = new Pipe();
    const sink = new DescriptorSink(pipe.writeEnd, 1 << 20);
    for (const line of LINES) sink.write(line);
    await sink.close();
    expect(sink.flushSync(0)).toBe(false);
    while (!sink.flushSync(0)) pipe.read();
  });

  it('is given up when its reader is gone', () => {
    using pipe = new Pipe();
    const sink = new DescriptorSink(pipe.writeEnd, 1 << 20);
    for (const line of LINES) sink.write(line);
    pipe.closeReader();
    expect(sink.flushSync(0)).toBe(true);
    expect(sink.write('lost\n')).toBe(false);
  });
});

it('what waits for a slow reader is written when the process ends', async () => {
  // The first use of process.stderr makes the pipe non-blocking.
  const program = `
    import { writeSync } from 'node:fs';
    import { journal } from ${PACKAGE};
    void process.stderr;
    const log = journal({ connect: 'never', fallback: 'json' });
    for (let n = 0; n < 5000; n += 1) log.info('x'.repeat(100), { n });
    writeSync(1, 'x');`;
  const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  child.stdin.end(program);
  await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, 50));
  let text = '';
  child.stderr.on('data', (part) => {
    text += part;
  });
  expect(await ended).toEqual([0, null]);
  const numbers = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).N);
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => `${n}`));
});

it('a pipe that blocks, as that of a container is, does not block the program', async () => {
  const program = `
    import { writeSync } from 'node:fs';
    import { journal } from ${PACKAGE};
    const log = journal({ connect: 'never', fallback: 'json' });
    for (let n = 0; n < 5000; n += 1) log.info('x'.repeat(100), { n });
    writeSync(1, 'x');
    await log.flush();`;
  const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  child.stdin.end(program);
  // The program logs half a megabyte before the test reads any of it.
  await once(child.stdout, 'data');
  let text = '';
  child.stderr.on('data', (part) => {
    text += part;
  });
  expect(await ended).toEqual([0, null]);
  const numbers = text.trimEnd().split('\n');
  expect(numbers.map((line) => JSON.parse(line).N)).toEqual(Array.from({ length: 5000 }, (_, n) => `${n}`));
});

it('a stream counts as flushed once it has passed everything on, and gets no listeners', async () => {
  const passed: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      setTimeout(() => {
        passed.push(String(chunk));
        done();
      }, 1);
    },
  });
  const sink = new StreamSink(stream, 1000);
  const before = stream.eventNames();
  for (const line of ['a', 'b', 'c']) sink.write(line);
  await sink.flush();
  expect(passed).toEqual(['a', 'b', 'c']);
  expect(stream.eventNames()).toEqual(before);
});
