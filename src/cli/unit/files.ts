// The text of the unit files. Pure: what it is given is checked, what it returns is to be written.
import type { Credential, UnitDefinition } from './definition.ts';
import { HARDENING } from './hardening.ts';
import type { ListenAddress } from './listen-address.ts';
import { isHome } from './places.ts';
import { bindPath, escapeSpecifiers, plainValue, quoteArgument, quoteProgram, quoteWord } from './quoting.ts';

/** The content by file name, the service first. */
export type UnitFiles = ReadonlyMap<string, string>;

/** Type=notify-reload came with it; systemd before takes it for Type=simple. */
export const NOTIFY_RELOAD_SINCE = 253;

const COMMENT =
  '# Never MemoryDenyWriteExecute=: V8 compiles at run time. AF_UNIX is the way to systemd, and @pkey is for V8.';

/** @throws UsageError for text that a unit file cannot hold. */
export function unitFiles(definition: UnitDefinition): UnitFiles {
  const sockets = socketsOf(definition);
  return new Map([
    [`${definition.name}.service`, serviceFile(definition, [...sockets.keys()])],
    ...[...sockets].map(([file, addresses]) => [file, socketFile(definition, file, addresses)] as const),
  ]);
}

/** One .socket for each name, since it has one name for all of its sockets; the first is called as the service is. */
function socketsOf({ name, listen }: UnitDefinition): Map<string, ListenAddress[]> {
  const names = [...new Set(listen.map((address) => address.name))];
  return new Map(
    names.map((own, index) => [
      index === 0 ? `${name}.socket` : `${name}-${own || 'socket'}.socket`,
      listen.filter((address) => address.name === own),
    ]),
  );
}

function serviceFile(definition: UnitDefinition, sockets: readonly string[]): string {
  const { description, workingDirectory, watchdog, fdStore, credentials, env } = definition;
  return fileOf([
    ['[Unit]', `Description=${plainValue('--description', description)}`, 'After=network.target'],
    [
      '[Service]',
      ...typeLines(definition),
      `WorkingDirectory=${plainValue('the working directory', workingDirectory)}`,
      ...Object.entries(env).map(([name, value]) => `Environment=${quoteWord('--env', `${name}=${value}`)}`),
      // Also of its own name, which are passed without saying: it starts them, so that it gets them whoever starts it.
      ...(sockets.length > 0 ? [`Sockets=${sockets.join(' ')}`] : []),
      ...(watchdog === undefined ? [] : [`WatchdogSec=${watchdog}`]),
      ...(fdStore === 0 ? [] : [`FileDescriptorStoreMax=${fdStore}`]),
      'Restart=on-failure',
    ],
    [
      ...userLines(definition),
      ...Object.entries(definition.directories).map(([setting, names]) => `${setting}=${names.join(' ')}`),
      ...credentials.map(loadCredential),
    ],
    [COMMENT, ...HARDENING, ...placeLines(definition)],
    ['[Install]', 'WantedBy=multi-user.target', ...(sockets.length === 0 ? [] : [`Also=${sockets.join(' ')}`])],
  ]);
}

function typeLines({ node, program, args, reload, systemd }: UnitDefinition): string[] {
  const command = [quoteProgram('the path of Node', node), quoteArgument('the program', program)];
  const words = [...command, ...args.map((argument) => quoteArgument('the argument', argument))];
  const tells = reload && systemd >= NOTIFY_RELOAD_SINCE;
  return [
    `Type=${tells ? 'notify-reload' : 'notify'}`,
    `ExecStart=${words.join(' ')}`,
    ...(reload && !tells ? ['ExecReload=/bin/kill -HUP $MAINPID'] : []),
  ];
}

function userLines({ user }: UnitDefinition): string[] {
  return [user === undefined ? 'DynamicUser=yes' : `User=${user}`];
}

/** A path of its own is not quoted: what follows the colon is the path, as it stands. */
function loadCredential({ name, path }: Credential): string {
  return `LoadCredential=${name}${path === undefined ? '' : `:${plainValue('--credential', path)}`}`;
}

/** Where Node or the program is in a home, that home is emptied but for them: also its folder may be closed to others. */
function placeLines({ shown }: UnitDefinition): string[] {
  const paths = shown.map(({ path }) => bindPath('the folder', path));
  return [
    `ProtectHome=${shown.some(({ place }) => isHome(place)) ? 'tmpfs' : 'yes'}`,
    ...(paths.length === 0 ? [] : [`BindReadOnlyPaths=${paths.join(' ')}`]),
  ];
}

function socketFile(definition: UnitDefinition, file: string, addresses: readonly ListenAddress[]): string {
  const name = addresses[0]?.name ?? '';
  const ofItsOwn = file === `${definition.name}.socket`;
  const path = addresses.some(({ value }) => value.startsWith('/'));
  return fileOf([
    ['[Unit]', `Description=${escapeSpecifiers(`The socket of ${definition.name}.service`)}`],
    [
      '[Socket]',
      ...addresses.map(({ setting, value }) => `${setting}=${value}`),
      ...(name === '' ? [] : [`FileDescriptorName=${name}`]),
      ...(ofItsOwn ? [] : [`Service=${definition.name}.service`]),
      ...(path ? ['RemoveOnStop=yes'] : []),
    ],
    ['[Install]', 'WantedBy=sockets.target'],
  ]);
}

function fileOf(groups: readonly (readonly string[])[]): string {
  return `${groups.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
