import { expect, test } from 'vitest';
import {
  type ExecCommand,
  parseCommands,
  programPath,
  scriptOf,
  withoutPrefixes,
} from '../../../src/cli/doctor/commands.ts';
import { writtenCommands } from '../../../src/cli/doctor/written-commands.ts';

test('the commands, in the order in which systemd runs them, with how they ended', () => {
  const times = 'start_time=[n/a] ; stop_time=[n/a]';
  const lines = [
    `ExecStart={ path=/usr/bin/node ; argv[]=/usr/bin/node a ; b ; ignore_errors=no ; ${times} ; pid=7 ; code=killed ; status=9/KILL }`,
    `ExecStartPre={ path=/bin/one ; argv[]=/bin/one ; ignore_errors=yes ; ${times} ; pid=1 ; code=exited ; status=3 }`,
    `ExecStartPre={ path=/bin/two ; argv[]=/bin/two ; ignore_errors=no ; ${times} ; pid=0 ; code=(null) ; status=0/0 }`,
    'ExecStartEx={ path=/usr/bin/node ; argv[]=x ; flags= ; pid=0 ; code=exited ; status=1 }',
    'Description=ExecStart={ path=x }',
  ];
  expect(parseCommands(lines)).toEqual([
    { setting: 'ExecStartPre', path: '/bin/one', argv: ['/bin/one'], ignoresErrors: true, code: 'exited', status: 3 },
    { setting: 'ExecStartPre', path: '/bin/two', argv: ['/bin/two'], ignoresErrors: false, code: '', status: 0 },
    {
      setting: 'ExecStart',
      path: '/usr/bin/node',
      argv: ['/usr/bin/node', 'a', ';', 'b'],
      ignoresErrors: false,
      code: 'killed',
      status: 9,
    },
  ]);
});

test.each([
  ['/usr/bin/node app.mjs', 'app.mjs'],
  ['node --import setup.mjs dog.mjs', 'dog.mjs'],
  ['node --import=setup.mjs -r ./one.cjs --enable-source-maps dog.mjs --port 80', 'dog.mjs'],
  ['/usr/bin/env MODE=x node app.mjs', 'app.mjs'],
  ['env -u HOME nice -n 5 node -- app.mjs', 'app.mjs'],
  ['nice -n 5 node --env-file .env app.mjs', 'app.mjs'],
  ['taskset 0x3 ionice -c 2 node app.mjs', 'app.mjs'],
  ['bun run app.ts', 'app.ts'],
  ['/usr/bin/python3 app.py', undefined],
])('the script of %j', (text, expected) => {
  expect(scriptOf(text.split(' '))).toBe(expected);
});

test('what a command becomes', () => {
  expect(withoutPrefixes('nice -n 5 stdbuf -o L node a.js'.split(' '))).toEqual(['node', 'a.js']);
  expect(withoutPrefixes(['sh', '-c', 'node'])).toEqual(['sh', '-c', 'node']);
  expect(withoutPrefixes([])).toEqual([]);
});

test('the path of the program, also behind a shell', () => {
  const at = (argv: string) =>
    programPath(
      parseCommands([`ExecStart={ path=x ; argv[]=${argv} ; ignore_errors=no ; pid=0 ; code=(null) ; status=0/0 }`]),
      '/srv',
    );
  expect(at('/bin/sh -c /usr/bin/node app.mjs; true')).toBe('/srv/app.mjs');
  expect(at('/usr/bin/node /opt/app.mjs')).toBe('/opt/app.mjs');
  expect(at('/opt/run.js --all')).toBe('/opt/run.js');
  expect(at('/usr/bin/node /usr/lib/node_modules/npm/bin/npm-cli.js start')).toBe(undefined);
  expect(at('/bin/sleep 10')).toBe(undefined);
});

/** As systemctl prints it. */
function shown(setting: string, argv: string): string {
  return `${setting}={ path=x ; argv[]=${argv} ; ignore_errors=no ; pid=0 ; code=(null) ; status=0/0 }`;
}

function read(text: string, ...lines: string[]): ExecCommand[] {
  return parseCommands(lines, writtenCommands(text, { Id: 'app@1.service', FragmentPath: '/run/app@.service' }));
}

test('the words of a command are those of the unit file, with its quotes and specifiers', () => {
  const text = `[Service]
ExecStart=/usr/bin/node "/srv/my app/%i.mjs" 'a b'
ExecStartPre=/bin/one \\
  "x y" ; @/bin/two zero "a  b"
ExecStart=unreadable "
[Service]
ExecReload=-:/bin/kill -s HUP $MAINPID
`;
  const commands = read(
    text,
    shown('ExecStart', '/usr/bin/node /srv/my app/1.mjs a b'),
    shown('ExecStartPre', '/bin/one x y'),
    shown('ExecStartPre', 'zero a  b'),
    shown('ExecReload', '/bin/kill -s HUP $MAINPID'),
    shown('ExecStop', '/bin/not written'),
  );
  expect(commands.map(({ setting, argv }) => [setting, ...argv])).toEqual([
    ['ExecStartPre', '/bin/one', 'x y'],
    ['ExecStartPre', 'zero', 'a  b'],
    ['ExecStart', '/usr/bin/node', '/srv/my app/1.mjs', 'a b'],
    ['ExecReload', '/bin/kill', '-s', 'HUP', '$MAINPID'],
    ['ExecStop', '/bin/not', 'written'],
  ]);
  expect(programPath(commands, '/')).toBe('/srv/my app/1.mjs');
});

test('the script of a shell is split: the program is in it', () => {
  const script = 'cd /srv && node app.mjs; true';
  const commands = read(`[Service]\nExecStart=/bin/sh -c '${script}'\n`, shown('ExecStart', `/bin/sh -c ${script}`));
  expect(commands.at(0)?.argv).toEqual(['/bin/sh', '-c', ...script.split(' ')]);
  expect(programPath(commands, '/srv')).toBe('/srv/app.mjs');
});

test('a unit file that cannot be read changes nothing', () => {
  expect(read('[Service\nExecStart=/bin/a "b c"', shown('ExecStart', '/bin/a b c')).at(0)?.argv).toEqual([
    '/bin/a',
    'b',
    'c',
  ]);
  expect(writtenCommands('', undefined).size).toBe(0);
});
