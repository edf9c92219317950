// The demo on the real systemd of this machine. It boots in new namespaces, so the demo changes nothing outside of them.
import { join } from 'node:path';
import { bootMachine, type Machine } from '../../../test/systemd/machine.ts';
import { FOLDER, installExample, SERVICE, SOCKET } from './install.ts';
import { DemoError, expectThat, print, style } from './print.ts';

const URL = 'http://127.0.0.1:8080/';
const CURL = ['curl', '--silent', URL] as const;
// The machine may have no curl.
const FETCH = ['node', '-e', `fetch('${URL}').then((answer) => answer.text()).then(console.log)`] as const;
const NEW_PAGE = '<p>This page was reloaded.</p>\n';
const WATCH_MS = 1500;

/** Resolves when the demo has shown every step of the example's life, and each had the expected result. */
export async function runOnSystemd(root: string, server: string): Promise<void> {
  const machine = await bootMachine({ target: 'host' }).catch((error: Error) => {
    throw new DemoError(`--systemd boots the systemd of this machine in new namespaces: ${error.message}`);
  });
  try {
    print(style('dim', `systemd ${machine.version} is up; ${FOLDER} and the units are as in examples/http-server`));
    await installExample(machine, root, server);
    await live(machine);
  } catch (error) {
    print(`\n${(await machine.exec('journalctl', ['--no-pager', `--unit=${SERVICE}`])).stdout}`);
    throw error;
  } finally {
    await machine.close();
  }
}

async function live(machine: Machine): Promise<void> {
  const request = (await machine.exec('curl', ['--version'])).code === 0 ? CURL : FETCH;
  await show(machine, 'systemctl', 'enable', '--now', SOCKET);
  expectThat('the service does not run yet', (await machine.show(SERVICE, 'ActiveState')) === 'inactive');
  expectThat('the first request is answered', (await show(machine, ...request)).includes('<title>readyd</title>'));
  expectThat('the status is shown', /^serving$/.test(await machine.show(SERVICE, 'StatusText')));

  await machine.write(join(FOLDER, 'page.html'), NEW_PAGE);
  await show(machine, 'systemctl', 'reload', SERVICE);
  // ExecReload= sends the signal and does not wait for the end of the reload; Type=notify-reload (systemd 253) does.
  await machine.waitFor(async () => (await machine.exec(request[0], request.slice(1))).stdout.includes('reloaded'));
  await show(machine, ...request);

  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  await show(machine, 'systemctl', 'status', SERVICE);
  await show(machine, 'systemctl', 'stop', SERVICE);
  expectThat('it ends well', (await machine.show(SERVICE, 'Result')) === 'success');
  expectThat('it was never restarted', (await machine.show(SERVICE, 'NRestarts')) === '0');
  await showJournal(machine);
}

async function showJournal(machine: Machine): Promise<void> {
  await machine.exec('journalctl', ['--sync']);
  await show(machine, 'journalctl', `--unit=${SERVICE}`);
  const fields = '--output-fields=MESSAGE,PRIORITY,METHOD,PATH,_SYSTEMD_UNIT';
  const entry = await show(machine, 'journalctl', '--output=json-pretty', fields, '--lines=1', 'PATH=/');
  expectThat('the journal has the fields of a request', /"METHOD" : "GET"/.test(entry));
  const last = await machine.journal(`_SYSTEMD_UNIT=${SERVICE}`, '--lines=1');
  expectThat('the last entry arrived', last[0]?.MESSAGE === 'all requests are answered');
}

/** Runs a command inside and shows both, as a terminal would. */
async function show(machine: Machine, ...argv: readonly string[]): Promise<string> {
  const [command = '', ...args] = argv;
  print(style('bold', `\n$ ${argv.map(quote).join(' ')}`));
  const { stdout, stderr } = await machine.exec(command, args);
  const output = `${stdout}${stderr}`.trimEnd();
  if (output !== '') print(output);
  return output;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/["\\$`]/g, '\\$&')}"`;
}
