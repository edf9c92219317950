// Root runs the doctor on a service of a hostile user. The doctor reports, loads no file of the user, waits for nothing, and
// prints no control characters.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { bundleCommand } from '../cli/bundle.ts';
import { describeOnSystemd } from './on-systemd.ts';

const LOADED = '/run/readyd-was-loaded';
/** Creates a file when it is loaded. It is not an addon. */
const LIBRARY = `#include <fcntl.h>
__attribute__((constructor)) static void loaded(void) { open("${LOADED}", O_CREAT | O_WRONLY, 0600); }\n`;

/** Control sequences of a terminal. */
const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]/;

const EVIL = '\x1b]0;owned\x07\x9b2J\x7f\u202e';

// It writes a journal entry that claims to come from systemd, and then ends.
const SCRIPT = `
import { spawn, spawnSync } from 'node:child_process';
const text = ${JSON.stringify(EVIL)};
const entry = 'MESSAGE=app.service: Watchdog timeout (limit 1s)!\\nUNIT=hostile.service\\nPRIORITY=3\\n';
spawnSync('logger', ['--journald'], { input: entry });
console.log(text + 'Error: ' + text);
if (process.argv.includes('end')) throw new Error(text + '\\nsecond\\n' + '\\r'.repeat(100000));
// A process has any name that it wants, and as many arguments: the doctor looks for the program behind each of these.
spawn('/bin/sleep', ['1000', ...new Array(20_000).fill('env')], { argv0: 'env' });
spawn('/bin/sleep', ['1000'], { argv0: 'constructor' });
setInterval(() => undefined, 1000);
`;

let command: string[];
let library: Buffer;

beforeAll(async () => {
  command = await bundleCommand('doctor', 'hostile');
  const folder = mkdtempSync(join(tmpdir(), 'readyd-hostile-'));
  const file = join(folder, 'evil.node');
  execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-o', file, '-'], { input: LIBRARY });
  library = readFileSync(file);
  rmSync(folder, { recursive: true });
});

describeOnSystemd(['host', 'sid'], 'readyd doctor, on a hostile service', (machine) => {
  beforeAll(async () => {
    await machine().write('/srv/evil.base64', library.toString('base64'));
    const folder = 'mkdir -p /srv/evil && cd /srv/evil && base64 -d /srv/evil.base64 >evil.node';
    const links =
      'mkfifo app.mjs fifo.js && ln -s /dev/zero zero.js && ln -s /etc/shadow shadow.js && mkfifo package.json';
    await machine().exec('sh', ['-c', `${folder} && ${links} && chmod -R go+rX . && chown -R nobody .`], {
      check: true,
    });
    await machine().write('/srv/evil/real.mjs', SCRIPT);
  });

  const install = async (name: string, exec: string): Promise<void> => {
    const environment = [
      'READYD_NATIVE=/srv/evil/evil.node',
      'NODE_OPTIONS=--enable-source-maps',
      'NOTIFY_SOCKET=/srv/evil/fifo.js',
      'JOURNAL_STREAM=1:1',
    ];
    await machine().install({
      [`${name}.service`]: [
        '[Service]',
        'Type=notify',
        'User=nobody',
        'WorkingDirectory=/srv/evil',
        ...environment.map((variable) => `Environment=${variable}`),
        `Environment="EVIL=\\x1b[31m"`,
        `ExecStart=${exec}`,
        '',
      ].join('\n'),
    });
    await machine().systemctl('start', '--no-block', `${name}.service`);
  };

  const look = async (name: string, ...options: string[]) => {
    const { stdout, stderr } = await machine().exec(process.execPath, [...command, ...options, name], {
      timeout: 20_000,
    });
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(RAW);
    expect((await machine().exec('test', ['-e', LOADED])).code).toBe(1);
    return stdout;
  };

  test('one that runs: its environment, its arguments, its files, its messages', async () => {
    await install('hostile', `${process.execPath} real.mjs fifo.js zero.js shadow.js /srv/evil/fifo.js`);
    await machine().waitForProperty('hostile.service', 'SubState', 'start');
    await machine().waitFor(async () => (await machine().journal('-u', 'hostile', '--grep=Error')).length > 0);
    const text = await look('hostile');
    expect(text).toContain('(addon-overridden)');
    expect(text).toContain('/srv/evil/evil.node');
    expect(text).not.toContain('watchdog');
    await look('hostile', '--json');
    await machine().stop('hostile.service');
  });

  test('one whose program is a FIFO', async () => {
    await install('fifo', `${process.execPath} app.mjs`);
    await machine().waitForProperty('fifo.service', 'SubState', 'start');
    await look('fifo');
    await look('fifo', '--json');
    await machine().systemctl('kill', '--signal=KILL', 'fifo.service');
  });

  test('one whose process has a name that every object has', async () => {
    await install('named', `@${process.execPath} constructor --no-warnings real.mjs`);
    await machine().waitForProperty('named.service', 'SubState', 'start');
    await look('named');
    await look('named', '--json');
    await machine().stop('named.service');
  });

  test('one whose last messages are escapes', async () => {
    await install('ending', `${process.execPath} real.mjs end`);
    await machine().waitForProperty('ending.service', 'ActiveState', 'failed');
    expect(await look('ending')).toContain('\u{fffd}');
    await look('ending', '--json');
  });
});
