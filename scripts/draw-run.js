// Draws docs/readyd-run.svg from a real run of `readyd run` on a terminal (of script(1)): node scripts/draw-run.js
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** Everything that the terminal was sent, with the keys pressed and the requests made in between. */
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
  await sleep(900);
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

/** The screen at the end: what was overwritten is gone. */
function lines(text) {
  const rows = text.replaceAll('\r\n', '\n').split('\n');
  return rows.map((row) => row.split('\r\u001b[K').at(-1)).filter((row) => row !== '');
}

const COLORS = {
  1: '#f0f6fc',
  2: '#8b949e',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  36: '#76e3ea',
};

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** `\u001b[32mtext\u001b[0m` as a span in that colour. */
function spans(row) {
  const parts = row.split(/\u001b\[(\d+)m/);
  let color = '';
  return parts
    .map((part, index) => {
      if (index % 2 === 1) {
        color = COLORS[part] ?? '';
        return '';
      }
      if (part === '') return '';
      return color === '' ? escapeXml(part) : `<tspan fill="${color}">${escapeXml(part)}</tspan>`;
    })
    .join('');
}

function draw(rows) {
  const [line, margin, top] = [19, 18, 58];
  const width = COLUMNS * 8.43 + margin * 2;
  const height = top + rows.length * line;
  const texts = rows.map((row, index) => `  <text x="${margin}" y="${top + index * line}">${spans(row)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.round(width)} ${height}" role="img" aria-label="readyd run on a terminal">
  <style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre }</style>
  <rect width="100%" height="100%" rx="10" fill="#0d1117"/>
  <circle cx="24" cy="22" r="6" fill="#ff5f56"/><circle cx="44" cy="22" r="6" fill="#ffbd2e"/><circle cx="64" cy="22" r="6" fill="#27c93f"/>
${texts.join('\n')}
</svg>
`;
}

const folder = mkdtempSync(join(tmpdir(), 'readyd-draw-'));
try {
  const prompt = '\u001b[1m$ readyd run --listen web=127.0.0.1:8080 --watchdog 2s -- node app.mjs\u001b[0m';
  writeFileSync(join(ROOT, 'docs/readyd-run.svg'), draw([prompt, ...(await record(folder))]));
} finally {
  rmSync(folder, { recursive: true });
}
