// Runs the actions and queries of `systemctl` on the stand-in.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from '../../../src/manager/daemon.ts';
import { createManager, type Manager } from '../../../src/manager/manager.ts';
import { packageRoot } from '../../systemd/boot.ts';
import type { Observation, Scenario, Subject } from './scenario.ts';

export class StandIn implements Subject {
  readonly #manager: Manager;
  readonly #command: readonly string[];
  #daemon: Daemon | undefined;

  static async create(scenario: Scenario, folder: string): Promise<StandIn> {
    const directory = join(folder, scenario.name.replaceAll(/\W+/g, '-'));
    mkdirSync(directory, { recursive: true });
    const program = join(directory, 'program.mjs');
    writeFileSync(program, source(scenario, directory));
    const { startLimit = { burst: 0, interval: 0 }, ...unit } = scenario.unit ?? {};
    const listen = Object.entries(scenario.sockets ?? {}).map(([name, kind]) => [
      name,
      `${kind === 'datagram' ? 'udp:' : ''}${join(directory, name)}`,
    ]);
    const manager = await createManager({ startLimit, ...unit, listen: Object.fromEntries(listen) });
    return new StandIn(manager, scenario.command ?? [process.execPath, program]);
  }

  private constructor(manager: Manager, command: readonly string[]) {
    this.#manager = manager;
    this.#command = command;
  }

  async start(wait: boolean): Promise<boolean> {
    const [file = '', ...args] = this.#command;
    if (this.#daemon?.phase === 'ended') this.#daemon.start();
    else this.#daemon ??= await this.#manager.start(file, args);
    return !wait || (await this.#up(this.#daemon));
  }

  /** A job ends when the unit is up, has failed, or (Type=oneshot) has finished. */
  async #up(daemon: Daemon): Promise<boolean> {
    try {
      await daemon.ready();
      return true;
    } catch {
      return daemon.result === 'success';
    }
  }

  async stop(wait: boolean): Promise<void> {
    const stopped = this.#it.stop();
    if (wait) await stopped;
  }

  async restart(): Promise<boolean> {
    const went = await this.#it.restart().then(
      () => true,
      () => false,
    );
    return went;
  }

  async reload(): Promise<boolean> {
    return await this.#it.reload().then(
      () => true,
      () => false,
    );
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(this.#it.pid, signal);
  }

  async observe(): Promise<Observation> {
    const it = this.#it;
    return {
      active: it.activeState,
      sub: it.subState,
      result: it.result,
      reload: it.reloadResult,
      status: it.status,
      errno: it.errno,
      busError: it.busError,
      varlinkError: it.varlinkError,
      stored: it.stored.length,
      restarts: it.restarts,
      journal: it.journal
        .filter(({ source }) => source === 'native')
        .map(({ message }) => message)
        .join(' '),
      main: it.running ? mainOf(it.pid) : 'none',
    };
  }

  async close(): Promise<void> {
    await this.#manager.close();
  }

  get #it(): Daemon {
    if (this.#daemon === undefined) throw new Error('it was not started');
    return this.#daemon;
  }
}

/** The scenarios that move the main process move it to a `sleep`. */
function mainOf(pid: number): Observation['main'] {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n' ? 'other' : 'started';
  } catch {
    return 'none';
  }
}

/** The program as a file. */
export function source({ program }: Scenario, directory: string): string {
  const speak = join(packageRoot(), 'test/manager/agreement/speak.js');
  const names = 'say, barrier, now, pipe, memfd, close, sleep, stay, child, blocks, pidfdId, send, become';
  return `import * as fs from 'node:fs';
import * as processes from 'node:child_process';
import { ${names} } from '${speak}';
const DIRECTORY = ${JSON.stringify(directory)};
${program}
`;
}
