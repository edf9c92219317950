// Runs a fixture the way the service manager does: with descriptors from 3 on, and variables that name its pid.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { native } from '../../src/native.ts';

export interface Activation {
  /** Passed on as 3, 4, … */
  readonly fds?: readonly number[];
  readonly names?: readonly string[];
  /** The variables that differ from what the service manager would set; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the fixture is to do. */
  readonly task?: unknown;
  /** An option of the shell's ulimit, with its value. */
  readonly limit?: string;
  /** What runs it; default: this Node. */
  readonly command?: readonly string[];
}

export class Activated implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;

  constructor(child: ChildProcess) {
    this.child = child;
    this.#ended = once(child, 'exit');
    if (child.stdout === null) throw new Error('stdout is not a pipe');
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** One line of JSON that the fixture prints. */
  async report(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the fixture has ended; see its stderr above');
    return JSON.parse(value);
  }

  /** Ends its standard input, which asks it to stop, and tells how it ended. */
  async stop(): Promise<{ code: unknown; signal: unknown }> {
    this.child.stdin?.end();
    const [code, signal] = await this.#ended;
    return { code, signal };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}

/** `fixture` is one of ours by its name, or a program anywhere. */
export function activate(
  fixture: string | URL,
  { fds = [], names, env = {}, task, limit, command = [process.execPath] }: Activation = {},
): Activated {
  const path = fileURLToPath(new URL(fixture instanceof URL ? fixture : `fixtures/${fixture}.js`, import.meta.url));
  const listen = { LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: names?.join(':') };
  const program = [...command, path, JSON.stringify(task) ?? ''];
  // exec keeps the pid, so that the shell can say what it will be.
  const limited = limit === undefined ? '' : `ulimit ${limit}; `;
  const script = `${limited}test "$LISTEN_PID" || export LISTEN_PID=$$; exec "$0" "$@"`;
  const child = spawn('sh', ['-c', script, ...program], {
    stdio: ['pipe', 'pipe', 'inherit', ...fds],
    env: { ...process.env, ...listen, ...env },
  });
  return new Activated(child);
}

/** The first report, of a fixture that has nothing more to say. */
export async function reportOf(fixture: string, activation?: Activation): Promise<unknown> {
  await using activated = activate(fixture, activation);
  const report = await activated.report();
  await activated.stop();
  return report;
}

export function temporaryPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'readyd-')), 'socket');
}

/** Descriptors to pass, closed at the end of the test. */
export class Passed implements Disposable {
  readonly #fds: { fd: number; close: () => void }[] = [];

  #own(fd: number, close: () => void): number {
    if (fd < 0) throw new Error(`not opened: ${fd}`);
    this.#fds.push({ fd, close });
    return fd;
  }

  #native(fd: number): number {
    return this.#own(fd, () => native().close(fd));
  }

  tcp(backlog = 7, host = '127.0.0.1'): number {
    return this.#native(native().bindInet(host, 0, 0, backlog));
  }

  udp(host = '127.0.0.1'): number {
    return this.#native(native().bindInet(host, 0, 1, 0));
  }

  /** `address` is a path, or an abstract name that starts with a NUL character. */
  unix(address: string = temporaryPath(), backlog = 7): number {
    return this.#native(native().bindStream(address, backlog));
  }

  unixDatagram(address: string = temporaryPath()): number {
    return this.#native(native().bindDatagram(address));
  }

  memfd(content: string): number {
    return this.#native(native().memfd('test', content));
  }

  pidfd(): number {
    return this.#native(native().openProcess(process.pid));
  }

  pipe(): readonly [number, number] {
    const ends = native().pipe();
    if (typeof ends === 'number') throw new Error(`no pipe: ${ends}`);
    return [this.#native(ends[0]), this.#native(ends[1])];
  }

  /** What the test has opened itself. */
  file(fd: number): number {
    return this.#own(fd, () => closeSync(fd));
  }

  [Symbol.dispose](): void {
    for (const { close } of this.#fds) close();
  }
}
