// The real loggers of frameworks: the fields of their entries, and the REQUEST_ID in every entry of a request. Also the active
// span of the real OpenTelemetry SDK. `npm ci --ignore-scripts --prefix examples/frameworks` installs all of them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocks } from '../docs/blocks.ts';
import { describeWith } from '../left-out.ts';
import { packageRoot } from '../systemd/boot.ts';
import { FRAMEWORKS, lackOf, linkPackage } from './linked-package.ts';

const lack = lackOf(['fastify', 'express', '@nestjs/core', '@opentelemetry/sdk-trace-base']);
const scratch = mkdtempSync(join(tmpdir(), 'readyd-framework-logs-'));
afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(() => {
  if (lack === undefined) linkPackage();
});

type Entry = Readonly<Record<string, unknown>>;

function ask(path: string, method: string, url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-request-id': 'from-outside', 'content-type': 'application/json', connection: 'close' };
    const asked = request({ socketPath: path, method, path: url, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asked.once('error', reject).end(method === 'POST' ? '{"a":1}' : undefined);
  });
}

async function listening(path: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (existsSync(path)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the program has ended');
}

/** The entries of a program that answers two requests, in JSON. */
async function entriesOf(name: string): Promise<Entry[]> {
  const path = join(scratch, `${name}.sock`);
  // The unchanged program, except that its entries are in JSON.
  const code = readFileSync(join(FRAMEWORKS, `${name}.js`), 'utf8').replace(
    'journal()',
    "journal({ fallback: 'json' })",
  );
  const file = join(FRAMEWORKS, `.${name}-in-json.js`);
  writeFileSync(file, code);
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, PORT: path },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  try {
    await listening(path, child);
    expect(await ask(path, 'POST', '/orders')).toBeLessThan(300);
    expect(await ask(path, 'GET', '/broken')).toBe(500);
  } finally {
    child.kill('SIGTERM');
    await ended;
    unlinkSync(file);
  }
  const lines = output.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry);
}

describeWith(lack, 'loggers of frameworks', () => {
  const id = expect.stringMatching(/^(?:req-\d+|from-outside)$/);

  test('fastify', async () => {
    const entries = await entriesOf('fastify-log');
    const ofRequests = entries.filter(({ message }) => !String(message).startsWith('Server listening'));
    expect(ofRequests).toMatchObject([
      {
        level: 'info',
        message: 'incoming request',
        REQUEST_ID: 'req-1',
        REQ: expect.stringContaining('"url":"/orders"'),
      },
      { level: 'info', message: 'order placed', REQUEST_ID: ['req-1', 'req-1'], ORDER_ID: '4711' },
      { level: 'warning', message: 'slow answer', REQUEST_ID: 'req-1', COMPONENT: 'bank' },
      {
        level: 'info',
        message: 'request completed',
        RES: '{"statusCode":200}',
        RESPONSE_TIME: expect.stringMatching(/^[\d.]+$/),
      },
      { level: 'info', message: 'incoming request', REQUEST_ID: 'req-2' },
      {
        level: 'error',
        message: 'no such item',
        ERR: 'TypeError: no such item',
        ERROR_NAME: 'TypeError',
        ERROR_STACK: expect.stringContaining('at '),
        CODE_FILE: expect.stringContaining('fastify-log'),
      },
      { level: 'info', message: 'request completed', RES: '{"statusCode":500}' },
    ]);
    expect(ofRequests.flatMap(({ REQUEST_ID }) => REQUEST_ID)).toEqual(expect.arrayContaining(['req-1', 'req-2']));
    for (const entry of ofRequests) expect([entry.REQUEST_ID].flat()).toEqual(expect.arrayContaining([id]));
  });

  test('express', async () => {
    expect(await entriesOf('express-log')).toMatchObject([
      { level: 'info', message: 'order placed', REQUEST_ID: 'from-outside', ORDER_ID: '4711' },
      { level: 'warning', message: 'slow answer', REQUEST_ID: 'from-outside', COMPONENT: 'bank' },
      { level: 'error', message: 'no such item', REQUEST_ID: 'from-outside', ERROR_NAME: 'TypeError' },
    ]);
  });

  test('nest', async () => {
    const entries = await entriesOf('nest-log');
    expect(entries[0]).toMatchObject({
      level: 'info',
      message: 'Starting Nest application...',
      CONTEXT: 'NestFactory',
    });
    expect(entries.filter(({ REQUEST_ID }) => REQUEST_ID !== undefined)).toMatchObject([
      { level: 'info', message: 'order placed', REQUEST_ID: 'from-outside', CONTEXT: 'Orders' },
      { level: 'warning', message: 'slow answer', REQUEST_ID: 'from-outside', COMPONENT: 'bank' },
      {
        level: 'error',
        message: 'no such item',
        REQUEST_ID: 'from-outside',
        CONTEXT: 'ExceptionsHandler',
        ERROR_NAME: 'TypeError',
        ERROR_STACK: expect.stringContaining('at '),
      },
    ]);
  });

  test('their types take a journal', async () => {
    const file = join(FRAMEWORKS, '.types.mts');
    writeFileSync(
      file,
      `import type { LoggerService } from '@nestjs/common';
       import { fastify, type FastifyBaseLogger } from 'fastify';
       import { journal } from 'readyd';
       fastify({ loggerInstance: journal() }).log.info({ a: 1 }, 'm');
       export const loggers: [FastifyBaseLogger, LoggerService] = [journal(), journal()];`,
    );
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
    ];
    const tsc = join(packageRoot(), 'node_modules/typescript/bin/tsc');
    const types = ['--typeRoots', join(packageRoot(), 'node_modules/@types'), '--types', 'node'];
    const run = promisify(execFile)(process.execPath, [tsc, ...options, ...types, file], { cwd: FRAMEWORKS });
    await run.finally(() => unlinkSync(file)).catch((error: { stdout: string }) => expect(error.stdout).toBe(''));
  });

  test('opentelemetry: the ids of the active span are fields, in journal(), pino and winston', async () => {
    const file = join(FRAMEWORKS, '.trace.mjs');
    const [shown = ''] = blocks('docs/opentelemetry.md', 'js').map(({ code }) => code);
    writeFileSync(
      file,
      `${shown.replaceAll('journal({', "journal({ fallback: 'json',")}
       log.info('outside');
       const { pino } = await import(${JSON.stringify(import.meta.resolve('pino'))});
       const { default: winston } = await import(${JSON.stringify(import.meta.resolve('winston'))});
       const { pinoJournal } = await import('readyd/pino');
       const { JournalTransport } = await import('readyd/winston');
       const options = { fallback: 'json', mixin: traceFields };
       const fromPino = pino(pinoJournal(options));
       const fromWinston = winston.createLogger({ transports: [new JournalTransport(options)] });
       tracer.startActiveSpan('other', (span) => {
         fromPino.info('pino');
         fromWinston.info('winston');
         console.log(JSON.stringify(span.spanContext()));
       });`,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]).finally(() => unlinkSync(file));
    const { traceId, spanId } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, string>;
    const entries = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    const ids = { TRACE_ID: expect.stringMatching(/^[0-9a-f]{32}$/), SPAN_ID: expect.stringMatching(/^[0-9a-f]{16}$/) };
    expect(entries).toMatchObject([
      { message: 'order placed', ...ids, TRACE_FLAGS: '01' },
      { message: 'outside' },
      { message: 'pino', TRACE_ID: traceId, SPAN_ID: spanId, TRACE_FLAGS: '01' },
      { message: 'winston', TRACE_ID: traceId, SPAN_ID: spanId, TRACE_FLAGS: '01' },
    ]);
    expect(entries[1]).not.toHaveProperty('TRACE_ID');
  });
});

test.each(['fastify-log', 'express-log', 'nest-log'])('the document shows %s as it is', (name) => {
  const code = readFileSync(join(FRAMEWORKS, `${name}.js`), 'utf8');
  expect(blocks('docs/loggers.md', 'js').map((block) => block.code)).toContain(code);
});
