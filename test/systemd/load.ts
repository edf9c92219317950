// Clients that ask without a pause, in a process of their own, until their input ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Machine } from './machine.ts';

export interface Load {
  readonly port: number;
  /** How many keep their connection, how many open one for each request, and how many speak HTTP/2. */
  readonly keptAlive?: number;
  readonly oneShot?: number;
  readonly http2?: number;
}

export interface Answers {
  readonly answers: number;
  /** How many processes have answered. */
  readonly pids: number;
  readonly failures: readonly string[];
}

const CLIENTS = `
const http = require('node:http'), http2 = require('node:http2');
const { port, keptAlive = 0, oneShot = 0, http2: sessions = 0 } = JSON.parse(process.argv[1]);
const failures = [], pids = new Set();
let answers = 0, over = false;
const took = (body) => { answers++; pids.add(body.split(' ')[0]); if (answers === 1) console.log('started'); };
const failed = (kind, error) => failures.push(kind + ' ' + error.code + ' ' + error.message);
// A connection that is quiet for 250 ms is closed, so a client that had no processor for so long sees a reset.
let looked = performance.now(), starvedAt = -Infinity;
const look = () => {
  const now = performance.now();
  if (now - looked > 120) starvedAt = now;
  looked = now;
};
setInterval(look, 20);
const starved = () => (look(), looked - starvedAt < 1000);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function http1(kind, agent) {
  while (!over) await new Promise((resolve) => {
    http.get({ port, host: '127.0.0.1', agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text)).once('end', () => took(body)).once('close', resolve);
    }).once('error', (error) => { error.code === 'ECONNRESET' && starved() || failed(kind, error); resolve(); });
  });
}
async function session() {
  while (!over) {
    const client = http2.connect('http://127.0.0.1:' + port);
    client.on('error', (error) => failed('session', error));
    while (!over && !client.closed && !client.destroyed) await new Promise((resolve) => {
      let body = '', stream;
      // Between GOAWAY and this line the session may have been closed: nothing was asked yet.
      try { stream = client.request({ ':path': '/' }); } catch { return setImmediate(resolve); }
      stream.setEncoding('utf8').on('data', (text) => (body += text)).once('end', () => body && took(body))
        // RFC 9113, section 8.7: a refused stream was not processed, and a client asks again on another connection.
        .once('error', (error) => stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM || failed('stream', error))
        .once('close', resolve);
    });
    client.close();
    await pause(1);
  }
}
const all = [];
for (let i = 0; i < keptAlive; i++) all.push(http1('kept-alive', new http.Agent({ keepAlive: true, maxSockets: 1 })));
for (let i = 0; i < oneShot; i++) all.push(http1('one-shot', false));
for (let i = 0; i < sessions; i++) all.push(session());
process.stdin.resume().on('end', () => (over = true));
Promise.all(all).then(() => {
  console.log(JSON.stringify({ answers, pids: pids.size, failures }));
  process.exit();
});`;

export class Clients {
  readonly #child: ChildProcess;
  readonly #output: Promise<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('stdout is not a pipe');
    this.#output = text(child.stdout);
  }

  /** Resolves when the first answer has arrived. */
  static async start(machine: Machine, load: Load): Promise<Clients> {
    const [file, ...args] = machine.enter(process.execPath, ['-e', CLIENTS, JSON.stringify(load)]);
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const clients = new Clients(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return clients;
  }

  async stop(): Promise<Answers> {
    this.#child.stdin?.end();
    return JSON.parse((await this.#output).replace('started\n', ''));
  }
}
