// Gathers the facts from systemctl, journalctl and /proc. Draws no conclusions.
import { existsSync } from 'node:fs';
import { native } from '../../native.ts';
import { readRegularFile } from '../../regular-file.ts';
import { type DoctorRequest, propertiesOf, show } from './ask.ts';
import { type ExecCommand, parseCommands, programPath } from './commands.ts';
import { type Facts, type Properties, THIS_PROCESS, writtenValues } from './facts.ts';
import { messagesOf } from './messages.ts';
import { attempt, readProcesses, serviceOf } from './processes.ts';
import { faultOf, kindOf } from './program-file.ts';
import { holderOf, socketsOf } from './sockets.ts';
import { readThisProcess } from './this-process.ts';
import { writtenCommands } from './written-commands.ts';

export type { DoctorRequest } from './ask.ts';

export function gather(request: DoctorRequest): Facts {
  const service = serviceOf('self');
  // A terminal also belongs to a service: the user's manager, or a container. A process of a service has
  // $INVOCATION_ID.
  const inside = request.unit === undefined && process.env.INVOCATION_ID !== undefined && service !== undefined;
  const name = request.unit ?? (inside ? service : undefined);
  const lines = name === undefined ? undefined : show(request, [name])?.[0];
  const shown = lines === undefined ? undefined : propertiesOf(lines);
  // The own unit may belong to another manager: a user's, or that of the host of a container.
  const unit = inside && shown?.LoadState === 'not-found' ? undefined : shown;
  const own = unit === undefined && request.unit === undefined ? readThisProcess() : undefined;
  const starter = own?.ancestors?.find((pid) => `${pid}` === process.env.SYSTEMD_EXEC_PID);
  const mainPid = Number(unit?.MainPID ?? (inside ? (starter ?? '0') : '0'));
  const text = written(unit);
  const commands = unit === undefined ? [] : parseCommands(lines ?? [], writtenCommands(text, unit));
  const sockets = unit === undefined ? [] : socketsOf(request, name ?? '', unit);
  const messages = unit === undefined ? [] : messagesOf(request, name ?? '', unit);
  return {
    subject: name ?? THIS_PROCESS,
    unit,
    commands,
    own,
    written: text,
    sockets,
    missing: missingOf(request, unit),
    absent: absentOf(lines ?? [], text),
    faults: Object.fromEntries(commands.map(({ path }) => [path, faultOf(path)])),
    kinds: kindsOf(unit, commands),
    holders: holdersOf([...messages.map(({ text }) => text), ...sockets.map(({ fault }) => `(${fault ?? ''}`)]),
    processes: readProcesses(mainPid, unit?.ControlGroup ?? ''),
    mainPid,
    messages,
    program: programOf(unit, commands),
    standIn: process.env.READYD_JOURNAL_SOCKET !== undefined,
    addonFault: addonFault(),
  };
}

const UNIT_MAX = 1 << 20;

function written(unit: Properties | undefined): string {
  const paths = [unit?.FragmentPath ?? '', ...(unit?.DropInPaths ?? '').split(' ')].filter((path) => path !== '');
  return paths.map((path) => attempt(() => readRegularFile(path, UNIT_MAX).toString()) ?? '').join('\n');
}

function missingOf(request: DoctorRequest, unit: Properties | undefined): Facts['missing'] {
  if (unit === undefined || unit.ActiveState === 'active') return [];
  const names = [unit.Requires, unit.BindsTo].join(' ').split(' ');
  // Only these types: systemd's own slices and targets never fail a service.
  const asked = [...new Set(names)].filter((one) => /\.(service|socket|mount|path|device)$/.test(one));
  return (show(request, asked) ?? []).flatMap((lines, index) => {
    const { LoadState = '', ActiveState = '' } = propertiesOf(lines);
    const state = LoadState === 'loaded' ? ActiveState : LoadState;
    return ['failed', 'not-found', 'masked', 'bad-setting', 'error'].includes(state)
      ? [{ name: asked[index] ?? '', state }]
      : [];
  });
}

/** Files that the unit needs but do not exist: they show which of several files a message of systemd is about. */
function absentOf(lines: readonly string[], text: string): Facts['absent'] {
  const files = lines.flatMap((line) => {
    const path = /^EnvironmentFiles=(\/.*?) \(ignore_errors=no\)$/.exec(line)?.[1];
    return path === undefined ? [] : [{ setting: 'EnvironmentFile', path }];
  });
  // systemctl does not print credentials.
  const credentials = ['LoadCredential', 'LoadCredentialEncrypted'].flatMap((setting) =>
    writtenValues(text, setting).map((value) => ({ setting, path: value.slice(value.indexOf(':') + 1) })),
  );
  return [...files, ...credentials].filter(({ path }) => path.startsWith('/') && !existsSync(path));
}

const IN_USE = /EADDRINUSE[^\n]{0,200}?:(\d{1,5})\b(?!:)|\((?:[^()]{0,200}:)?(\d{1,5})\)?: Address already in use/g;
const PORTS_MAX = 4;

function holdersOf(texts: readonly string[]): Facts['holders'] {
  const found = texts.flatMap((text) => [...text.matchAll(IN_USE)].map(([, one, other]) => Number(one ?? other)));
  return Object.fromEntries([...new Set(found)].slice(-PORTS_MAX).map((port) => [`${port}`, holderOf(port)]));
}

/** Empty for a service with its own root folder: it has other files at these paths. */
function kindsOf(unit: Properties | undefined, commands: readonly ExecCommand[]): Facts['kinds'] {
  if (unit === undefined || (unit.RootDirectory ?? '') !== '' || (unit.RootImage ?? '') !== '') return {};
  const folder = unit.WorkingDirectory ?? '';
  const paths = [programPath(commands, folder || '/'), folder.replace(/^!/, '')];
  return Object.fromEntries(paths.flatMap((path) => (path?.startsWith('/') ? [[path, kindOf(path)]] : [])));
}

const PROGRAM_MAX = 4 << 20;

/**
 * The script of `ExecStart=`. Ignores the arguments of running processes: a process can change them, and could name a
 * file that only root may read, or that never ends.
 */
function programOf(unit: Properties | undefined, commands: readonly ExecCommand[]): Facts['program'] {
  const path = programPath(commands, unit?.WorkingDirectory ?? '/');
  if (path === undefined) return undefined;
  const text = attempt(() => readRegularFile(path, PROGRAM_MAX).toString());
  return text === undefined ? undefined : { path, text };
}

/**
 * Whether the addon of this package loads here. Ignores the service's READYD_NATIVE: otherwise the author of that
 * variable could make root execute a file.
 */
function addonFault(): string | undefined {
  try {
    native();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
