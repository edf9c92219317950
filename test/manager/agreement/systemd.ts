// Runs the actions and queries of the stand-in on the real systemd.
import type { Command } from '../../../src/manager/settings.ts';
import type { Machine } from '../../systemd/machine.ts';
import type { Observation, Scenario, Subject } from './scenario.ts';
import { source } from './stand-in.ts';

const PROPERTIES = [
  'ActiveState',
  'SubState',
  'Result',
  'ReloadResult',
  'StatusText',
  'StatusErrno',
  'StatusBusError',
  'StatusVarlinkError',
  'NFileDescriptorStore',
  'NRestarts',
  'MainPID',
  'ExecMainPID',
] as const;

function slug(name: string): string {
  return name.replaceAll(/\W+/g, '-');
}

/** Writes all units at once: a reload of systemd reads all of them again. */
export async function installAll(machine: Machine, scenarios: readonly Scenario[]): Promise<void> {
  const files: Record<string, string> = {};
  for (const scenario of scenarios) {
    const name = slug(scenario.name);
    const directory = `/srv/agreement/${name}`;
    await machine.write(`${directory}/program.mjs`, source(scenario, directory));
    files[`${name}.service`] = unitFile(scenario, `${directory}/program.mjs`);
    for (const [socket, kind] of Object.entries(scenario.sockets ?? {})) {
      const listen = kind === 'datagram' ? 'ListenDatagram' : 'ListenStream';
      files[`${name}-${socket}.socket`] =
        `[Socket]\n${listen}=${directory}/${socket}\nFileDescriptorName=${socket}\nService=${name}.service\n`;
    }
  }
  // systemd unloads an inactive unit at once if nothing refers to it, and its properties are gone.
  files['agreement.target'] = `[Unit]\nAfter=${Object.keys(files).join(' ')}\n`;
  await machine.install(files);
  await machine.start('agreement.target');
}

function unitFile({ name, unit = {}, command, sockets = {} }: Scenario, program: string): string {
  const { type = 'notify', startLimit = { burst: 0, interval: 0 } } = unit;
  const lines = [
    '[Unit]',
    `StartLimitIntervalSec=${startLimit.interval}ms`,
    `StartLimitBurst=${startLimit.burst}`,
    '[Service]',
    `Type=${type}`,
    `ExecStart=${(command ?? [process.execPath, program]).join(' ')}`,
    'LimitCORE=0',
    ...Object.keys(sockets).map((socket) => `Sockets=${slug(name)}-${socket}.socket`),
    ...settings(unit),
  ];
  return `${lines.join('\n')}\n`;
}

const TIMES = {
  watchdog: 'WatchdogSec',
  startTimeout: 'TimeoutStartSec',
  stopTimeout: 'TimeoutStopSec',
  abortTimeout: 'TimeoutAbortSec',
  restartDelay: 'RestartSec',
} as const;
const WORDS = {
  notifyAccess: 'NotifyAccess',
  restart: 'Restart',
  fdStore: 'FileDescriptorStoreMax',
  fdStorePreserve: 'FileDescriptorStorePreserve',
  killMode: 'KillMode',
  killSignal: 'KillSignal',
  reloadSignal: 'ReloadSignal',
  watchdogSignal: 'WatchdogSignal',
  remainAfterExit: 'RemainAfterExit',
  nonBlocking: 'NonBlocking',
} as const;
const COMMANDS = {
  startPre: 'ExecStartPre',
  startPost: 'ExecStartPost',
  reload: 'ExecReload',
  stop: 'ExecStop',
  stopPost: 'ExecStopPost',
} as const;

function settings(unit: NonNullable<Scenario['unit']>): string[] {
  return Object.entries(unit).flatMap(([key, value]) => {
    if (key in TIMES) return `${TIMES[key as keyof typeof TIMES]}=${value as number}ms`;
    if (key in WORDS) return `${WORDS[key as keyof typeof WORDS]}=${value as string | number | boolean}`;
    if (!(key in COMMANDS)) return [];
    const name = COMMANDS[key as keyof typeof COMMANDS];
    return (value as readonly Command[]).map(({ argv, mayFail }) => `${name}=${mayFail ? '-' : ''}${argv.join(' ')}`);
  });
}

export class OnSystemd implements Subject {
  readonly #machine: Machine;
  readonly #unit: string;
  readonly #looksAtJournal: boolean;

  constructor(machine: Machine, scenario: Scenario) {
    this.#machine = machine;
    this.#unit = `${slug(scenario.name)}.service`;
    this.#looksAtJournal = scenario.seen.journal !== undefined;
  }

  async #ask(...args: string[]): Promise<boolean> {
    const { code } = await this.#machine.exec('systemctl', [...args, this.#unit]);
    return code === 0;
  }

  async start(wait: boolean): Promise<boolean> {
    const went = await this.#ask('start', ...(wait ? [] : ['--no-block']));
    if (!wait) await new Promise((resolve) => setTimeout(resolve, 30));
    return went;
  }

  async stop(wait: boolean): Promise<void> {
    await this.#ask('stop', ...(wait ? [] : ['--no-block']));
  }

  async restart(): Promise<boolean> {
    const went = await this.#ask('restart');
    return went;
  }

  async reload(): Promise<boolean> {
    return await this.#ask('reload');
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#ask('kill', '--kill-whom=main', `--signal=${signal}`);
  }

  async #main(pid: string): Promise<Observation['main']> {
    if (pid === '0') return 'none';
    const { stdout } = await this.#machine.exec('cat', [`/proc/${pid}/comm`]);
    return stdout.trim() === 'sleep' ? 'other' : 'started';
  }

  async #journal(): Promise<string> {
    const entries = await this.#machine.journal(`_SYSTEMD_UNIT=${this.#unit}`, '_TRANSPORT=journal');
    return entries.map(({ MESSAGE }) => String(MESSAGE)).join(' ');
  }

  async observe(): Promise<Observation> {
    const args = PROPERTIES.map((name) => `--property=${name}`);
    const text = await this.#machine.systemctl('show', ...args, '--', this.#unit);
    const found = new Map(
      text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const get = (name: (typeof PROPERTIES)[number]): string => found.get(name) ?? '';
    return {
      active: get('ActiveState'),
      sub: get('SubState'),
      result: get('Result'),
      reload: get('ReloadResult'),
      status: get('StatusText'),
      errno: Number(get('StatusErrno')),
      busError: get('StatusBusError'),
      varlinkError: get('StatusVarlinkError'),
      stored: Number(get('NFileDescriptorStore')),
      restarts: Number(get('NRestarts')),
      journal: this.#looksAtJournal ? await this.#journal() : '',
      main: await this.#main(get('MainPID')),
    };
  }
}
