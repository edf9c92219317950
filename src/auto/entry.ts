// readyd/auto: turns a program that was not written for systemd into a service. Does nothing if systemd did not start
// this process, and never prevents a program from starting.
import { writeSync } from 'node:fs';
import { isMainProcess } from '../environment/identity.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { attempt } from '../journal/unreadable.ts';
import { native } from '../native.ts';
import { processWide } from '../process-mark.ts';
import { listeningServers } from '../service/connections.ts';
import { runningService } from '../service/running.ts';
import { isClusterWorker } from '../sockets/cluster.ts';
import { answerStoppingWorkers } from '../sockets/cluster-stop.ts';
import { createWatchdog } from '../watchdog/watchdog.ts';
import { Crashes } from './crashes.ts';
import { ServiceEnd } from './end.ts';
import { startIdleWatch } from './idle.ts';
import { LateJournal } from './late-journal.ts';
import { whenLoaded } from './loaded.ts';
import { type CapturedOutput, captureOutput } from './output.ts';
import { ProcessHook } from './process-events.ts';
import { Readiness } from './readiness.ts';
import { type AutoSettings, readSettings } from './settings.ts';
import { Sockets } from './sockets.ts';
import { serveWithoutAddon } from './without-addon.ts';

type ProcessRole = 'main process' | 'cluster worker' | 'worker thread';

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

export function start(): void {
  const role = attempt(findRole);
  // A preload and an import by the program run this code twice.
  const shared = processWide('auto@1', () => ({ started: false }));
  if (role === undefined || shared.started) return;
  shared.started = true;
  try {
    begin(role);
  } catch (error) {
    attempt(() => writeSync(2, `<3>readyd/auto cannot start: ${(error as Error).message}\n`));
  }
}

function findRole(): ProcessRole | undefined {
  const { SYSTEMD_EXEC_PID: pid } = process.env;
  if (pid === undefined || process.platform !== 'linux' || process.versions.bun !== undefined) return undefined;
  const isMain = isMainProcess();
  if (!isMain && !(pid === String(process.ppid) && isClusterWorker())) return undefined;
  if (!isMainThread()) return 'worker thread';
  return isMain ? 'main process' : 'cluster worker';
}

function begin(role: ProcessRole): void {
  const { settings, problems } = readSettings(process.env);
  const log = new LateJournal();
  const output = captureOutput(settings.console, log);
  if (role === 'worker thread') {
    process.prependListener('exit', () => output.capture?.flush());
    return;
  }
  if (role === 'main process')
    for (const { message, code } of problems) log.journal.warning(message, { errorCode: code });
  beginProcess(role, { settings, log, output });
}

interface Parts {
  readonly settings: AutoSettings;
  readonly log: LateJournal;
  readonly output: CapturedOutput;
}

function beginProcess(role: ProcessRole, { settings, log, output }: Parts): void {
  const speaks = role === 'main process';
  const lost = speaks ? missingAddon() : undefined;
  const sockets =
    lost === undefined && speaks ? new Sockets(settings.sockets, log, () => readiness?.look()) : undefined;
  const readiness = sockets && new Readiness(settings.ready, sockets, log, () => onReady());
  // Both are created when they are needed, because their code is compiled then.
  let stop: ServiceEnd | undefined;
  let crashes: Crashes | undefined;
  const stopping = (): ServiceEnd => {
    stop ??= new ServiceEnd(
      {
        log,
        timeout: settings.stopTimeout,
        speaks: speaks && lost === undefined,
        isWorker: role === 'cluster worker',
        servers: () => sockets?.listeners.map(({ server }) => server) ?? listeningServers(),
        begin: () => readiness?.end(),
      },
      () => hook,
    );
    return stop;
  };
  if (speaks) answerStoppingWorkers();
  const hook = new ProcessHook(STOP_SIGNALS, {
    signal: (name, deliver) => stopping().onSignal(name, deliver),
    // What throws here would take the place of the program's own error.
    uncaught: (error) =>
      attempt(() => {
        crashes ??= new Crashes(log, { isRecorded: output.recordsErrors, speaks });
        crashes.uncaught(error);
      }),
    exit: (code) => {
      stop?.onExit(code);
      output.capture?.flush();
      crashes?.exit(code);
    },
  });
  const onReady = (): void => {
    startWatchdog(settings, log);
    if (settings.idleTimeout === undefined || sockets === undefined) return;
    startIdleWatch(sockets, settings.idleTimeout, log, () => {
      stopping().stopIdle(() => void process.emit('SIGTERM', 'SIGTERM'));
    });
  };
  if (lost !== undefined) {
    log.journal.error(
      `readyd/auto works without READY, watchdog and levels: ${lost.message.replace(/; tried\n.*/s, '')}`,
    );
    serveWithoutAddon(settings.sockets);
    return;
  }
  sockets?.hook();
  readiness?.begin();
  // The first ping starts the manager's watchdog, and a loading program may block the loop for longer than its timeout.
  if (speaks && settings.ready === 'app') whenLoaded(() => startWatchdog(settings, log));
}

function missingAddon(): Error | undefined {
  try {
    native();
    return undefined;
  } catch (error) {
    return error as Error; // native() throws nothing else
  }
}

function startWatchdog({ diagnose }: AutoSettings, log: LateJournal): void {
  try {
    if (process.env.WATCHDOG_USEC !== undefined && !runningService.running)
      createWatchdog({ diagnose, log: log.journal }, { givesWay: true });
  } catch (error) {
    log.journal.error('there is no watchdog', { error: error as Error });
  }
}
