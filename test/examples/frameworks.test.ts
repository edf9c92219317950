// Every real framework on passed sockets. `npm ci --ignore-scripts --prefix examples/frameworks` installs the
// frameworks, because only these tests and their siblings need them.
import { existsSync, fstatSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { native } from '../../src/native.ts';
import type { SocketAddress } from '../../src/sockets/kind.ts';
import { blocks } from '../docs/blocks.ts';
import { describeWith } from '../left-out.ts';
import { type Activated, activate, Passed, temporaryPath } from '../sockets/activate.ts';
import { ask } from '../sockets/client.ts';
import { packageRoot } from '../systemd/boot.ts';
import { FRAMEWORKS, lackOf, linkPackage } from './linked-package.ts';

const PACKAGES = { express: '', fastify: '', koa: '', hono: '', nest: '@nestjs/core', hapi: '@hapi/hapi' };
const NAMES = Object.keys(PACKAGES) as (keyof typeof PACKAGES)[]; // Object.keys() returns string[]

// The framework's own listen(), if it passes its options on to Node.
const OWN_LISTEN = {
  express: `import express from 'express';
const app = express().get('/', (_, response) => response.send('hello from express'));
const server = app.listen(listenTarget({ name: 'web' }));
process.once('SIGTERM', () => server.close());`,
  koa: `import Koa from 'koa';
const app = new Koa().use((context) => { context.body = 'hello from koa'; });
const server = app.listen(listenTarget({ name: 'web' }));
process.once('SIGTERM', () => server.close());`,
  nest: `import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
class Greeting { greet() { return 'hello from nest'; } }
Controller()(Greeting);
Get()(Greeting.prototype, 'greet', Object.getOwnPropertyDescriptor(Greeting.prototype, 'greet'));
class Application {}
Module({ controllers: [Greeting] })(Application);
const app = await NestFactory.create(Application, { logger: ['error'] });
await app.listen(listenTarget({ name: 'web' }));
process.once('SIGTERM', () => app.close());`,
  fastify: `import { fastify } from 'fastify';
const app = fastify().get('/', () => 'hello from fastify');
await app.ready();
await listen(app.server, { name: 'web' });
process.once('SIGTERM', () => app.close());`,
};

const lack = lackOf(NAMES.map((name) => PACKAGES[name] || name));

const program = (name: string) => pathToFileURL(join(FRAMEWORKS, `${name}.js`));

async function backlogOf(fd: number): Promise<number> {
  const facts = native().describe(fd, fstatSync(fd).ino);
  return typeof facts === 'number' ? facts : facts.backlog;
}

async function stopped({ child }: Activated): Promise<unknown> {
  child.kill('SIGTERM');
  if (child.exitCode !== null) return child.exitCode;
  return await new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

/** Serves what is passed, keeps its backlog, and ends by itself after SIGTERM. */
async function expectServed(url: URL, name: string): Promise<void> {
  using passed = new Passed();
  const path = temporaryPath();
  const tcp = passed.tcp(7);
  const facts = native().describe(tcp, fstatSync(tcp).ino);
  if (typeof facts === 'number') throw new Error(`describe: ${facts}`);
  const addresses: [number, SocketAddress][] = [
    [tcp, { address: '127.0.0.1', port: facts.port, family: 'IPv4' }],
    [passed.unix(path, 7), { path }],
  ];
  for (const [fd, address] of addresses) {
    await using running = activate(url, { fds: [fd], names: ['web'] });
    for (let request = 0; request < 3; request++) expect(await ask('http', address)).toBe(`hello from ${name}`);
    expect(await backlogOf(fd)).toBe(7);
    expect(await stopped(running)).toBe(0);
  }
  expect(existsSync(path)).toBe(true);
}

/** The file of a socket exists before the socket listens. */
async function accepts(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });
}

async function expectFallback(name: string): Promise<void> {
  const path = temporaryPath();
  await using running = activate(program(name), { env: { LISTEN_FDS: undefined, PORT: path } });
  while (!(await accepts(path)) && running.child.exitCode === null) await sleep(10);
  expect(await ask('http', { path })).toBe(`hello from ${name}`);
  expect(await stopped(running)).toBe(0);
}

function major(name: string): number {
  const file = join(FRAMEWORKS, 'node_modules', name, 'package.json');
  return Number.parseInt((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version, 10);
}

beforeAll(() => {
  if (lack === undefined) linkPackage();
});

describeWith(lack, 'frameworks', () => {
  const OWN = join(FRAMEWORKS, 'node_modules/.own-listen');
  beforeAll(() => {
    mkdirSync(OWN, { recursive: true });
    for (const [name, code] of Object.entries(OWN_LISTEN)) {
      writeFileSync(join(OWN, `${name}.mjs`), `import { listen, listenTarget } from 'readyd';\n${code}\n`);
    }
  });
  afterAll(() => {
    for (const name of Object.keys(OWN_LISTEN)) unlinkSync(join(OWN, `${name}.mjs`));
  });

  test.each(NAMES)('%s serves TCP and unix sockets that were passed', async (name) => {
    await expectServed(program(name), name);
  });

  test.each(NAMES)('%s listens on the fallback', async (name) => {
    await expectFallback(name);
  });

  test.each(Object.keys(OWN_LISTEN))('%s the other way', async (name) => {
    await expectServed(pathToFileURL(join(OWN, `${name}.mjs`)), name);
  });

  test('are of the majors that the document names', () => {
    const document = readFileSync(join(packageRoot(), 'docs/frameworks.md'), 'utf8');
    const rows = [...document.matchAll(/^\| \[[^\]]+\]\(#\w+\) \| `([^`]+)` (\d+) \|/gm)];
    const named = Object.fromEntries(rows.map(([, name = '', number]) => [name, Number(number)]));
    const names = ['express', 'fastify', 'koa', 'hono', '@hono/node-server', '@nestjs/core', '@hapi/hapi'];
    expect(named).toEqual(Object.fromEntries(names.map((name) => [name, major(name)])));
  });
});

test.each(NAMES)('the document shows the program for %s as it is', (name) => {
  const code = readFileSync(program(name), 'utf8');
  expect(blocks('docs/frameworks.md', 'js').map((block) => block.code)).toContain(code);
});
