import { type Boot, boot } from './boot.ts';
import { type Command, type Output, run } from './run.ts';
import { probe, type Target } from './target.ts';

export type { Target } from './target.ts';

/** One entry as `journalctl -o json` prints it: a field is an array where it is binary, or occurs more than once. */
export type JournalRecord = Record<string, string | number[] | (string | number[])[] | null>;

export interface ExecOptions {
  /** What the command reads from its standard input; nothing by default. */
  readonly input?: string;
  /** Milliseconds after which the command is killed and the call rejects; 120 000 by default. */
  readonly timeout?: number;
  /** Added to the machine's own environment, which holds nothing of the caller's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Rejects with what the command wrote to stderr if it does not exit with 0. */
  readonly check?: boolean;
}

/** A systemd with a journald, running in namespaces of its own. */
export interface Machine {
  /** The major version of its systemd, such as 257. */
  readonly version: number;
  /** Its PID 1, as this process sees it. */
  readonly pid: number;
  /** Runs a command inside, as root, in `/`. A command that cannot be found exits with 127. */
  exec(command: string, args?: readonly string[], options?: ExecOptions): Promise<Output>;
  /** The argv, to be given to `spawn`, that runs a command inside. Killing the child with SIGKILL kills the command. */
  enter(command: string, args?: readonly string[], env?: Readonly<Record<string, string>>): [string, ...string[]];
  /** Trimmed output of `systemctl`; rejects with its stderr. */
  systemctl(...args: string[]): Promise<string>;
  /** One property of a unit, as text; empty where it is unset. */
  show(unit: string, property: string): Promise<string>;
  /** The entries that `journalctl` selects, everything logged before this call included. */
  journal(...args: string[]): Promise<JournalRecord[]>;
  /** Writes unit files, or drop-ins (`app.service.d/10.conf`), and makes systemd read them. */
  install(files: Readonly<Record<string, string>>): Promise<void>;
  /** Writes a file inside, and the folders above it. The mode is 0644 by default. */
  write(path: string, content: string, mode?: number): Promise<void>;
  /** Rejects with what systemctl says and the last lines of the unit's journal. */
  start(unit: string): Promise<void>;
  stop(unit: string): Promise<void>;
  reload(unit: string): Promise<void>;
  /** Waits until the condition returns something other than false, null and undefined, and resolves with it. */
  waitFor<T>(condition: () => T | Promise<T>, timeout?: number): Promise<NonNullable<T>>;
  /** Waits until a property of a unit has the value, and resolves with it. */
  waitForProperty(unit: string, property: string, value: string | RegExp, timeout?: number): Promise<string>;
  /** Kills everything inside and removes all traces. May be called again. */
  close(): Promise<void>;
}

export interface BootOptions {
  readonly target: Target;
  /**
   * Files and folders shared with the machine at the same path, besides the package and the Node binary that are always
   * there. /tmp, /run, /dev and /var/log inside are its own; of all else it has its own copy, whatever the target.
   */
  readonly binds?: readonly string[];
}

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  TERM: 'dumb',
};
const POLL = 10;

/**
 * Boots a systemd and waits until it is up. It dies with this process.
 *
 * @throws where the target cannot boot here, with the reason
 */
export async function bootMachine(options: BootOptions): Promise<Machine> {
  const ground = probe(options.target);
  if ('missing' in ground) {
    const { reason, command } = ground.missing;
    throw new Error(`cannot boot '${options.target}': ${reason}${command === undefined ? '' : ` (${command})`}`);
  }
  const machine = new SystemdMachine(ground.version, await boot(ground, options.binds ?? []));
  try {
    await machine.untilUp();
    return machine;
  } catch (error) {
    await machine.close();
    throw error;
  }
}

class SystemdMachine implements Machine {
  readonly version: number;
  readonly pid: number;
  readonly #boot: Boot;

  constructor(version: number, started: Boot) {
    this.version = version;
    this.pid = started.pid;
    this.#boot = started;
  }

  async untilUp(): Promise<void> {
    const { stdout } = await this.exec('systemctl', ['is-system-running', '--wait'], { timeout: 120_000 });
    if (stdout.trim() === 'running') return;
    throw new Error(`systemd is '${stdout.trim()}':\n${(await this.exec('journalctl', ['--no-pager'])).stdout}`);
  }

  // The cgroup is joined from outside, or the command would be in none that its systemd and journald can name.
  // `env -i`: a test runner's environment (NODE_OPTIONS, NOTIFY_SOCKET) must not reach it. nsenter forks for the pid
  // namespace and forwards no signal, so the command has to die with it by itself.
  enter(
    command: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): [string, ...string[]] {
    const variables = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`);
    const join = [
      '/bin/sh',
      '-c',
      'echo $$ >"$0" && exec nsenter "$@"',
      `${this.#boot.cgroup}/init.scope/cgroup.procs`,
    ];
    const namespaces = ['--target', String(this.pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
    const inside = ['env', '-i', ...variables, 'setpriv', '--pdeathsig', 'KILL', '--', command, ...args];
    return [...(join as [string, ...string[]]), ...namespaces, '--', ...inside];
  }

  async exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<Output> {
    const { input = '', timeout = 120_000, env = {}, check = false } = options;
    const title = [command, ...args].join(' ');
    const task: Command = { argv: this.enter(command, args, env), title, input, timeout };
    const output = await run(task);
    if (check && output.code !== 0) {
      throw new Error(output.stderr.trim() || `'${title}' exited with ${output.code}: ${output.stdout.trim()}`);
    }
    return output;
  }

  async systemctl(...args: string[]): Promise<string> {
    return (await this.exec('systemctl', args, { check: true })).stdout.trim();
  }

  async show(unit: string, property: string): Promise<string> {
    return await this.systemctl('show', '--value', `--property=${property}`, '--', unit);
  }

  async journal(...args: string[]): Promise<JournalRecord[]> {
    const script = 'journalctl --sync && exec journalctl --output=json --all --no-pager --quiet "$@"';
    const { code, stdout, stderr } = await this.exec('sh', ['-c', script, 'journal', ...args]);
    // a --grep that matches nothing exits with 1 and says nothing
    if (code !== 0 && (stdout + stderr).trim() !== '')
      throw new Error(`journalctl ${args.join(' ')}: ${stderr.trim()}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalRecord); // journalctl's documented output
  }

  async install(files: Readonly<Record<string, string>>): Promise<void> {
    await Promise.all(
      Object.entries(files).map(([name, content]) => this.write(`/run/systemd/system/${name}`, content)),
    );
    await this.systemctl('daemon-reload');
  }

  // By a command inside, not through /proc/PID/root: there an absolute link like /var/run leads to the host's folder.
  async write(path: string, content: string, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
    await this.exec('sh', ['-c', script, 'write', path, mode.toString(8)], { input: content, check: true });
  }

  async start(unit: string): Promise<void> {
    const { code, stderr } = await this.exec('systemctl', ['start', '--', unit]);
    if (code === 0) return;
    const { stdout } = await this.exec('journalctl', ['--no-pager', '--lines=20', `--unit=${unit}`]);
    throw new Error(`${stderr.trim()}\n${stdout.trim()}`);
  }

  async stop(unit: string): Promise<void> {
    await this.systemctl('stop', '--', unit);
  }

  async reload(unit: string): Promise<void> {
    await this.systemctl('reload', '--', unit);
  }

  async waitFor<T>(condition: () => T | Promise<T>, timeout = 60_000): Promise<NonNullable<T>> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) return value;
      if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${String(condition)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  async waitForProperty(unit: string, property: string, value: string | RegExp, timeout?: number): Promise<string> {
    let last = '';
    const matches = async (): Promise<boolean> => {
      last = await this.show(unit, property);
      return typeof value === 'string' ? last === value : value.test(last);
    };
    await this.waitFor(matches, timeout).catch((error: Error) => {
      throw new Error(`${property} of ${unit} is '${last}', not ${value}`, { cause: error });
    });
    return last;
  }

  async close(): Promise<void> {
    await this.#boot.close();
  }
}
