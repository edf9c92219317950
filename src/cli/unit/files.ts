// Generates the text of the unit files. Pure: its input is validated, and the caller writes the files.
import type { Credential, UnitDefinition } from './definition.ts';
import { HARDENING, isHome, USER_HARDENING } from './hardening.ts';
import type { ListenAddress } from './listen-address.ts';
import { bindPath, escapeSpecifiers, plainValue, quoteArgument, quoteProgram, quoteWord } from './quoting.ts';

/** The content by file name, the service first. */
export type GeneratedFiles = ReadonlyMap<string, string>;

const COMMENT =
  '# Never MemoryDenyWriteExecute=: V8 compiles at run time. AF_UNIX is the way to systemd, and @pkey is for V8.';

/** @throws UsageError for text that a unit file cannot contain. */
export function unitFiles(definition: UnitDefinition): GeneratedFiles {
  const sockets = socketsOf(definition);
  const files = [
    [`${definition.name}.service`, serviceFile(definition, [...sockets.keys()])] as const,
    ...[...sockets].map(([file, addresses]) => [file, socketFile(definition, file, addresses)] as const),
  ];
  // Restores `%i` in a template as typed; any other `%` is escaped.
  const finish = (text: string) => (isTemplate(definition) ? text.replace(/(?<!%)%%([iI])/g, '%$1') : text);
  return new Map(files.map(([file, text]) => [file, finish(text)]));
}

export function isTemplate({ name }: Pick<UnitDefinition, 'name'>): boolean {
  return name.endsWith('@');
}

/** The name of `app@.socket` inside the units: `app@%i.socket`. */
function instanceOf(file: string): string {
  return file.replace('@.', '@%i.');
}

/** One .socket per name, because all sockets of a unit share one name; the first is named like the service. */
function socketsOf({ name, listen }: UnitDefinition): Map<string, ListenAddress[]> {
  const names = [...new Set(listen.map((address) => address.name))];
  const [, base = '', at = ''] = /^(.*?)(@?)$/.exec(name) ?? [];
  return new Map(
    names.map((own, index) => [
      index === 0 ? `${name}.socket` : `${base}-${own || 'socket'}${at}.socket`,
      listen.filter((address) => address.name === own),
    ]),
  );
}

function serviceFile(definition: UnitDefinition, files: readonly string[]): string {
  const { description, workingDirectory, watchdog, fdStore, credentials, env, manager } = definition;
  const sockets = files.map(instanceOf).join(' ');
  return fileOf([
    [
      '[Unit]',
      `Description=${plainValue('--description', description)}`,
      ...(manager === 'system' ? ['After=network.target'] : []),
      // Restarting the socket also restarts the service: systemd does not bind a socket while its service runs.
      ...(sockets === '' ? [] : [`Requires=${sockets}`]),
    ],
    [
      '[Service]',
      ...typeLines(definition),
      `WorkingDirectory=${plainValue('the working directory', workingDirectory)}`,
      ...Object.entries(env).map(([name, value]) => `Environment=${quoteWord('--env', `${name}=${value}`)}`),
      // Also lists the socket of the same name, so that the service gets its sockets in any way it is started.
      ...(sockets === '' ? [] : [`Sockets=${sockets}`]),
      ...(watchdog === undefined ? [] : [`WatchdogSec=${watchdog}`]),
      ...(fdStore === 0 ? [] : [`FileDescriptorStoreMax=${fdStore}`]),
      ...(definition.type === 'oneshot' ? [] : ['Restart=on-failure']),
      ...(definition.endsBySigterm ? ['SuccessExitStatus=143'] : []),
    ],
    [
      ...userLines(definition),
      ...Object.entries(definition.directories).map(([setting, names]) => `${setting}=${names.join(' ')}`),
      ...credentials.map(loadCredential),
    ],
    manager === 'system' ? [COMMENT, ...HARDENING, ...placeLines(definition)] : [COMMENT, ...USER_HARDENING],
    [
      '[Install]',
      `WantedBy=${manager === 'system' ? 'multi-user' : 'default'}.target`,
      ...(sockets === '' ? [] : [`Also=${sockets}`]),
    ],
  ]);
}

function typeLines({ node, program, args, preload, type, reloadBySignal }: UnitDefinition): string[] {
  const options = preload === undefined ? [] : ['--require', quoteArgument('the path of readyd/auto', preload)];
  const command = [quoteProgram('the path of Node', node), ...options, quoteArgument('the program', program)];
  const words = [...command, ...args.map((argument) => quoteArgument('the argument', argument))];
  return [
    `Type=${type}`,
    `ExecStart=${words.join(' ')}`,
    ...(reloadBySignal ? ['ExecReload=/bin/kill -HUP $MAINPID'] : []),
  ];
}

function userLines({ user, manager }: UnitDefinition): string[] {
  if (manager === 'user') return []; // it already runs as that user
  return [user === undefined ? 'DynamicUser=yes' : `User=${user}`];
}

/** The path is not quoted: systemd takes the text after the colon unchanged. */
function loadCredential({ name, path }: Credential): string {
  return `LoadCredential=${name}${path === undefined ? '' : `:${plainValue('--credential', path)}`}`;
}

/** If Node or the program is in a home directory, hides the rest of it. Its folder may be closed to other users. */
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
    ['[Unit]', `Description=The socket of ${escapeSpecifiers(definition.name)}.service`],
    [
      '[Socket]',
      ...addresses.map(({ setting, value }) => `${setting}=${value}`),
      `FileDescriptorName=${name}`,
      ...(ofItsOwn ? [] : [`Service=${instanceOf(`${definition.name}.service`)}`]),
      ...(path ? ['RemoveOnStop=yes'] : []),
    ],
    ['[Install]', 'WantedBy=sockets.target'],
  ]);
}

function fileOf(groups: readonly (readonly string[])[]): string {
  const filled = groups.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
