// A service manager for one service, in this process, that implements systemd's protocol: for development and tests.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../at-exit.ts';
import { SystemdError } from '../errors.ts';
import { native } from '../native.ts';
import { MESSAGE_MAX, parseNotification } from '../notify/decode.ts';
import { pidfdIdOf } from '../sockets/inspect.ts';
import type { SocketAddress } from '../sockets/kind.ts';
import { effectiveAccess } from './access.ts';
import { Daemon } from './daemon.ts';
import { DatagramReceiver, type MessageSender, type ReceivedFds } from './datagram-receiver.ts';
import { DescriptorStore } from './descriptor-store.ts';
import { JournalReceiver } from './journal-receiver.ts';
import { details, type JournalRecord, toRecord } from './journal-record.ts';
import { type Launched, launch } from './launch.ts';
import { Listener, whenAsked } from './listener.ts';
import { checkManagerOptions, checkStart, type ManagerOptions, type StartOptions } from './options.ts';
import { outcomeOf } from './service-outcome.ts';
import { type Command, completeSettings, type Settings } from './settings.ts';
import type { Line } from './stream-lines.ts';
import type { TimelineEvent } from './timeline.ts';
import { Unit } from './unit.ts';
import type { UnitFrame } from './unit-frame.ts';

/** How long to read messages that were sent before a deadline, so that a flood cannot delay it forever. */
const HEAR_MS = 100;

/**
 * Binds the sockets; they stay open until `close`, across several starts.
 * @example
 * ```ts
 * const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
 * const daemon = await manager.start(process.execPath, ['app.js']);
 * await daemon.ready();
 * ```
 */
export async function createManager(options: ManagerOptions = {}): Promise<Manager> {
  return new Manager(checkManagerOptions(options));
}

/** Owns the sockets and the descriptor store, and runs one service at a time. Call `close` at the end. */
export class Manager {
  readonly sockets: readonly Listener[];
  readonly #options: ManagerOptions;
  readonly #settings: Settings;
  readonly #directory: string;
  readonly #notify: DatagramReceiver;
  readonly #journal: JournalReceiver;
  readonly #store: DescriptorStore;
  readonly #began = performance.now();
  #daemon: Daemon | undefined;
  readonly #released: () => void;

  constructor(options: ManagerOptions) {
    const { listen = {}, socketMode = 0o666, directoryMode = 0o755, onEvent: _, onChange: __, ...settings } = options;
    this.#options = options;
    this.#settings = completeSettings(settings);
    this.#store = new DescriptorStore(this.#settings.fdStore, () => this.#daemon?.changed());
    this.#directory = mkdtempSync(join(tmpdir(), 'readyd-manager-'));
    const modes = { socket: socketMode, directory: directoryMode };
    const sockets: Listener[] = [];
    this.sockets = sockets;
    this.#released = atExit({ flushSync: () => this.#release() });
    try {
      this.#notify = new DatagramReceiver(join(this.#directory, 'notify'), MESSAGE_MAX + 1, (bytes, sender, fds) =>
        this.#hear(sender.truncated ? undefined : bytes, sender, fds),
      );
      this.#journal = new JournalReceiver(join(this.#directory, 'journal'), (fields, pid) => {
        if ('dropped' in fields) this.#record('manager', `drops a journal entry of ${pid}: ${fields.dropped}`);
        else this.#log(toRecord(fields, { at: this.elapsed, source: 'native', pid }), sizeOf(fields));
      });
      this.#openToAll();
      for (const [name, where] of Object.entries(listen)) {
        for (const one of [where].flat()) sockets.push(new Listener(name, one, modes));
      }
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Milliseconds since it was created; the time of its events. */
  get elapsed(): number {
    return performance.now() - this.#began;
  }

  /** The address of the socket with that name: `host:port` with the actual port, or a path. */
  address(name: string): SocketAddress {
    const address = this.sockets.find((socket) => socket.name === name)?.address;
    if (address === undefined) throw new SystemdError('SD_ERR_NO_SOCKET', `there is no socket '${name}'`);
    return address;
  }

  /** `http://127.0.0.1:49152`, for a socket with a port. */
  url(name: string, protocol = 'http'): string {
    const address = this.address(name);
    if ('path' in address) throw new SystemdError('SD_ERR_FD_MISMATCH', `the socket '${name}' is at ${address.path}`);
    const anywhere = { '::': 'localhost', '0.0.0.0': 'localhost' } as Readonly<Record<string, string>>;
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${protocol}://${anywhere[address.address] ?? host}:${address.port}`;
  }

  /** Starts the service; `Daemon.ready()` waits until it is running. Only one service at a time. */
  async start(command: string, args: readonly string[] = [], options: StartOptions = {}): Promise<Daemon> {
    checkStart(command, args, options);
    return this.startCommands([{ argv: [command, ...args] }], options);
  }

  /** Starts a oneshot service with several commands, or one with variables in its arguments. @internal */
  startCommands(start: readonly Command[], options: StartOptions): Daemon {
    if (this.#daemon !== undefined && this.#daemon.phase !== 'ended') {
      throw new SystemdError('SD_ERR_STATE', `the service is ${this.#daemon.phase}`);
    }
    const settings = { ...this.#settings, start };
    const unit = new Unit(settings, this.#store, {
      spawn: (start, purpose, unit) => this.#spawn(start, purpose, unit, options),
      record: (text) => this.#record('manager', text),
      changed: () => this.#changed(),
      hear: () => void this.#notify.read(HEAR_MS),
    });
    this.#daemon = new Daemon(unit, {
      elapsed: () => this.elapsed,
      record: (source, text) => this.#record(source, text),
    });
    unit.start();
    return this.#daemon;
  }

  #changed(): void {
    if (this.#daemon === undefined) return;
    this.#daemon.changed();
    this.#options.onChange?.(this.#daemon);
  }

  #spawn(command: Command, purpose: 'main' | 'control', unit: UnitFrame, { cwd, env }: StartOptions): Launched {
    const { settings, processes } = unit;
    const { argv } = command;
    const main = purpose === 'main';
    const access = effectiveAccess(settings);
    const passed = main ? [...this.sockets, ...this.#store.entries] : [];
    // Does not change stored descriptors.
    for (const { fd } of main ? this.sockets : []) native().nonBlocking(fd, settings.nonBlocking ? 1 : 0);
    this.#record('manager', `${main ? 'starts' : 'runs'} ${argv.join(' ')}`);
    const launched: Launched = launch({
      cwd,
      env,
      command: main || command.variables ? command : { argv: argv.map((word) => withMainPid(word, processes.main)) },
      provision: {
        notifySocket: access === 'none' || (!main && access === 'main') ? undefined : this.#notify.path,
        journalSocket: this.#journal.path,
        invocation: processes.invocation,
        names: passed.map(({ name }) => name),
        watchdog: main ? settings.watchdog : 0,
        fdStore: settings.fdStore,
        mainPid: main ? undefined : processes.main,
        manager: { pid: process.pid, pidfdId: pidfdIdOf(process.pid)?.toString() },
        outcome: outcomeOf(unit),
      },
      fds: passed.map(({ fd }) => fd),
      onLine: (stream, line) => this.#print(stream, line, launched.pid),
    });
    if (launched.fault !== undefined) this.#record('manager', launched.fault);
    // Its final messages may still be in the queue.
    const ended = launched.ended.finally(() => {
      this.#notify.read();
      this.#journal.read();
    });
    return { ...launched, ended };
  }

  /** Resolves to the name of a socket with a waiting connection or message; undefined when the signal aborts. */
  async whenAsked(signal: AbortSignal): Promise<string | undefined> {
    return await whenAsked(this.sockets, signal);
  }

  /** Kills the running service, closes the sockets, and removes their files. */
  async close(): Promise<void> {
    if (this.#daemon !== undefined && this.#daemon.phase !== 'ended') await this.#daemon.kill();
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hear(bytes: Uint8Array | undefined, sender: MessageSender, fds: ReceivedFds): void {
    if (this.#daemon === undefined) return;
    try {
      this.#daemon.hear(bytes === undefined ? undefined : parseNotification(bytes), sender, fds);
    } catch (error) {
      // No message of a service may crash its manager.
      this.#record(
        'manager',
        `drops a message of ${sender.pid}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    this.#options.onChange?.(this.#daemon);
  }

  #print(source: 'stdout' | 'stderr', { priority, text }: Line, pid: number): void {
    const fields = { MESSAGE: text, PRIORITY: String(priority) };
    this.#log({ at: this.elapsed, source, pid, priority, message: text, fields }, text.length * 2);
  }

  #log(entry: JournalRecord, bytes: number): void {
    this.#daemon?.log(entry, bytes);
    const source = entry.source === 'native' ? 'journal' : entry.source;
    const fields = details(entry).map(([name, value]) => ` ${name}=${value}`);
    this.#options.onEvent?.({ at: entry.at, source, text: `${entry.message}${fields.join('')}`, entry });
  }

  #record(source: TimelineEvent['source'], text: string): void {
    this.#options.onEvent?.({ at: this.elapsed, source, text });
  }

  /** systemd's sockets are open to all users, so that programs without privileges can reach them. */
  #openToAll(): void {
    if (process.geteuid?.() !== 0) return;
    chmodSync(this.#directory, 0o711);
    for (const { path } of [this.#notify, this.#journal]) chmodSync(path, 0o777);
  }

  /** Also runs when the process exits without close(). */
  #release(): true {
    this.#released();
    for (const socket of this.sockets) socket.close();
    this.#store.clear();
    this.#notify?.close();
    this.#journal?.close();
    rmSync(this.#directory, { recursive: true, force: true });
    return true;
  }
}

/** Replaces the only variable of a control command that is not known earlier. */
function withMainPid(word: string, pid: number | undefined): string {
  return word.replaceAll(/\$MAINPID\b|\$\{MAINPID\}/g, pid === undefined ? '' : String(pid));
}

function sizeOf(fields: readonly (readonly [string, Uint8Array])[]): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + 100, 0);
}
