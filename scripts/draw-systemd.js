// Draws the pictures of systemd in docs/ from real runs of a plain program and of the same program with readyd: the output of
// `systemctl status` and `journalctl`, and the requests of clients during a restart. As root:
//
//   npm run build:examples && node scripts/draw-systemd.js
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bootMachine } from '../build/test/systemd/machine.js';
import { drawRestarts } from './restart-chart.js';
import { drawTerminal, prompt } from './terminal.js';

const ROOT = resolve(import.meta.dirname, '..');
const COLUMNS = 96;

const BEFORE = `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/broken') console.error(new TypeError('no such item'));
  response.end('hello\\n');
}).listen(3000, () => console.log('listening on port 3000'));
`;

const AFTER = `
import { createServer } from 'node:http';
import { drain, listen, service } from '${ROOT}/dist/index.js';
await service({
  async start({ log }) {
    const server = createServer((request, response) => {
      const error = new TypeError('no such item');
      if (request.url === '/broken') log.error(error, { requestId: 'b7e1', path: request.url });
      response.end('hello\\n');
    });
    await listen(server, { name: 'web' });
    return server;
  },
  stop: (server) => drain(server),
  watchdog: {},
});
`;

const NODE = process.execPath;
const UNITS = {
  'before.service': `[Unit]\nDescription=A shop\n[Service]\nExecStart=${NODE} /srv/before.mjs\n`,
  'after.service': `[Unit]\nDescription=A shop\nRequires=after.socket\n[Service]\nType=notify\nWatchdogSec=10\nExecStart=${NODE} /srv/after.mjs\n`,
  'after.socket': '[Socket]\nListenStream=3001\nFileDescriptorName=web\n',
};

/** Asks at a steady rate, restarts the unit in between, and prints [start, end, answered] of each request. */
const LOAD = `
  import { get } from 'node:http';
  import { spawn } from 'node:child_process';
  const [, unit, port] = process.argv;
  const zero = performance.now();
  const now = () => Math.round(performance.now() - zero);
  const ask = () => new Promise((resolve) => {
    const start = now();
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume().on('end', () => resolve([start, now(), true]));
    }).on('error', () => resolve([start, now(), false]));
  });
  const requests = [];
  let restarted = 0;
  for (let count = 0; count < 150; count++) {
    if (count === 50) {
      restarted = now();
      spawn('systemctl', ['restart', unit]);
    }
    requests.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(JSON.stringify({ restarted, requests: await Promise.all(requests) }));`;

const machine = await bootMachine({ target: 'trixie' });

/** A command and its output in colours. The hidden options turn the pager off and shorten the lines. */
async function shown(typed, options) {
  const [command, ...args] = typed.split(' ');
  const env = { SYSTEMD_COLORS: '1', SYSTEMD_URLIFY: '0', COLUMNS: String(COLUMNS), TERM: 'xterm' };
  const { stdout, stderr } = await machine.exec(command, [...args, ...options], { env });
  const output = `${stdout}${stderr}`.trimEnd().replaceAll(NODE, '/usr/bin/node').replaceAll(`${ROOT}/`, '/srv/');
  // The cursor of an entry is longer than the line.
  return [prompt(typed), ...output.split('\n').map((row) => row.replace(/ \S*\[s=.*/, '')), ''];
}

function write(name, rows, label) {
  writeFileSync(join(ROOT, 'docs', name), drawTerminal(rows.slice(0, -1), { columns: COLUMNS, label }));
}

async function ask(port, path) {
  const script = `await fetch('http://127.0.0.1:${port}${path}')`;
  await machine.exec(NODE, ['--input-type=module', '-e', script], { check: true });
}

async function load(unit, port) {
  const args = ['--input-type=module', '-e', LOAD, unit, String(port)];
  return JSON.parse((await machine.exec(NODE, args, { check: true })).stdout);
}

try {
  await machine.write('/srv/before.mjs', BEFORE);
  await machine.write('/srv/after.mjs', AFTER);
  await machine.install(UNITS);
  await machine.systemctl('start', 'before.service', 'after.socket', 'after.service');
  await machine.waitFor(async () =>
    JSON.stringify(await machine.journal('-u', 'before.service')).includes('listening'),
  );
  const status = ['--no-pager', '--lines=0'];
  write(
    'systemctl-status.svg',
    [...(await shown('systemctl status before', status)), ...(await shown('systemctl status after', status))],
    'systemctl status of a program before and after: with readyd it shows the socket and the status of the service',
  );

  await ask(3000, '/broken');
  await ask(3001, '/broken');
  await machine.exec('journalctl', ['--sync']);
  const plain = ['--no-pager', '--no-hostname'];
  write(
    'journalctl.svg',
    [
      ...(await shown('journalctl -u before -n 4', plain)),
      ...(await shown('journalctl -u before -p err', plain)),
      ...(await shown('journalctl -u after -p err', plain)),
      ...(await shown('journalctl REQUEST_ID=b7e1 -o verbose', [
        ...plain,
        '--output-fields=PRIORITY,MESSAGE,PATH,ERROR_NAME,ERROR_STACK',
      ])),
    ],
    'journalctl: with readyd, an error is one entry with its priority, its stack and its fields',
  );

  const without = await load('before.service', 3000);
  const withSocket = await load('after.service', 3001);
  writeFileSync(join(ROOT, 'docs/restart-under-load.svg'), drawRestarts(without, withSocket));
} finally {
  await machine.close();
}
