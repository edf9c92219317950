import { expect, test } from 'vitest';
import { parseCommands, programPath, scriptOf, withoutPrefixes } from '../../../src/cli/doctor/commands.ts';

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
