// Draws docs/readyd-run.svg from a real run of `readyd run` on a terminal (of script(1)): node scripts/draw-run.js
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawTerminal, prompt } from './terminal.js';

const ROOT = resolve(import.meta.dirname, '..');
const COLUMNS = 104;
const APP = `
import { createServer } from 'node:http';
import { drain, listen, service } from 'readyd';

await service({
  async start({ log }) {
    const server = createServer((request, response) => {
      log.info('a visit', { method: request.method, path: request.url });
      if (request.url === '/missing') log.warning('nothing is there', { path: request.url });
      response.setHeader('connection', 'close').end('hello');
    });
    await listen(server, { name: 'web' });
    return server;
  },
  reload() {},
  stop: (server) => drain(server),
  status: () => 'serving',
  watchdog: {},
});
`;

/** Everything that `readyd run` writes to the terminal, while this script presses keys and sends requests. */
async function record(folder) {
  writeFileSync(join(folder, 'app.mjs'), APP.replace("'readyd'", `'${ROOT}/dist/index.js'`));
  const command = `stty cols ${COLUMNS}; node ${ROOT}/dist/cli/main.js run --listen web=127.0.0.1:8080 --watchdog 2s -- node app.mjs`;
  const terminal = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  terminal.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  const ended = new Promise((resolve) => terminal.once('exit', resolve));
  while (!text.includes('READY=1')) await sleep(20);
  await sleep(500);
  await fetch('http://127.0.0.1:8080/');
  await fetch('http://127.0.0.1:8080/missing');
  await sleep(400);
  terminal.stdin.write('r');
  await sleep(500);
  // The line at the bottom, as it is while the service runs.
  const live = text;
  terminal.stdin.write('q');
  await ended;
  const status = live.slice(live.lastIndexOf('\r\u001b[K') + 4);
  return [...lines(text), '', ...lines(status)];
}

/** The screen at the end, without overwritten text. */
function lines(text) {
  const rows = text.replaceAll('\r\n', '\n').split('\n');
  return rows.map((row) => row.split('\r\u001b[K').at(-1)).filter((row) => row !== '');
}

const folder = mkdtempSync(join(tmpdir(), 'readyd-draw-'));
try {
  const command = prompt('readyd run --listen web=127.0.0.1:8080 --watchdog 2s -- node app.mjs');
  const picture = drawTerminal([command, ...(await record(folder))], {
    columns: COLUMNS,
    label: 'readyd run on a terminal',
  });
  writeFileSync(join(ROOT, 'docs/readyd-run.svg'), picture);
} finally {
  rmSync(folder, { recursive: true });
}
