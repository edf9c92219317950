// A program of the bench: it reads a request as a line from stdin, and answers with a line on stdout.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Program {
  #child;
  #lines;
  #ended;

  /** `fds` are passed on from descriptor 3 on. */
  constructor(command, { env = {}, fds = [] } = {}) {
    this.#child = spawn(command[0], command.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit', ...fds],
      env: { ...process.env, ...env },
    });
    this.#ended = once(this.#child, 'exit');
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.name = command.join(' ');
  }

  /** Resolves to the started program once it has printed its first line, which `greeting` keeps. */
  static async start(command, options) {
    const program = new Program(command, options);
    program.greeting = await program.answer();
    return program;
  }

  get pid() {
    return this.#child.pid;
  }

  async answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} has ended; see above`);
    return value;
  }

  ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return this.answer();
  }

  /** Asks for an answer of numbers. */
  async numbers(line) {
    return (await this.ask(line)).split(' ').map(Number);
  }

  async stop() {
    this.#child.stdin.end();
    this.#child.kill();
    await this.#ended;
  }
}
