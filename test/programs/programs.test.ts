// Programs from npm, unchanged, as services: what docs/auto.md has recipes for. `npm ci --prefix test/programs` first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { copyPackage, PACKAGE } from '../systemd/service.ts';

const MODULES = join(packageRoot(), 'test/programs/node_modules');
const CLIENTS = join(packageRoot(), 'test/programs/clients.js');

interface Recipe {
  readonly name: string;
  /** What Node runs; a relative path is below node_modules. */
  readonly command: string;
  /** Undefined for a program without a server. */
  readonly port?: number;
  readonly path?: string;
  readonly service?: string;
  /** What it finds in /srv/NAME. */
  readonly files?: Readonly<Record<string, string>>;
}

const RECIPES: readonly Recipe[] = [
  {
    name: 'http-server',
    command: 'http-server/bin/http-server -a 127.0.0.1 -p 4001 /srv/http-server',
    port: 4001,
    files: { 'index.html': 'hello' },
  },
  {
    name: 'json-server',
    command: 'json-server/lib/cli/bin.js --port 4002 /srv/json-server/db.json',
    port: 4002,
    path: '/posts',
    files: { 'db.json': '{"posts":[{"id":1}]}' },
  },
  {
    name: 'fastify-cli',
    command: 'fastify-cli/cli.js start -a 127.0.0.1 -p 4003 -l info /srv/fastify-cli/app.js',
    port: 4003,
    files: {
      'app.js': `module.exports = async (app, options) => { app.get('/', async () => ({ hello: 'world' })); };`,
    },
  },
  {
    name: 'nest',
    command: '/srv/nest/main.js',
    port: 4004,
    files: {
      'main.js': `
        require('reflect-metadata');
        const { Controller, Get, Module } = require('@nestjs/common');
        const { NestFactory } = require('@nestjs/core');
        class App { hello() { return 'hello'; } }
        Reflect.decorate([Get()], App.prototype, 'hello', Object.getOwnPropertyDescriptor(App.prototype, 'hello'));
        Reflect.decorate([Controller()], App);
        class AppModule {}
        Reflect.decorate([Module({ controllers: [App] })], AppModule);
        NestFactory.create(AppModule).then((app) => { app.enableShutdownHooks(); return app.listen(4004); });`,
    },
  },
  {
    name: 'express-generator',
    command: '/srv/express-generator/app/bin/www',
    port: 4005,
    service: 'Environment=PORT=4005',
  },
  {
    name: 'node-red',
    command: 'node-red/red.js -p 4006 -u /srv/node-red',
    port: 4006,
    files: { 'flows.json': '[]' },
  },
  {
    name: 'verdaccio',
    command: 'verdaccio/bin/verdaccio --listen 127.0.0.1:4007 --config /srv/verdaccio/config.yaml',
    port: 4007,
    path: '/-/ping',
    files: {
      'config.yaml':
        'storage: /srv/verdaccio/storage\nauth:\n  htpasswd:\n    file: /srv/verdaccio/htpasswd\npackages:\n  "**":\n    access: $all\nlog: { type: stdout, format: pretty, level: http }\n',
    },
  },
  {
    name: 'bree',
    command: '/srv/bree/main.js',
    service: 'Environment=READYD_READY=loaded',
    files: {
      'main.js': `const Bree = require('bree'); new Bree({ root: '/srv/bree/jobs', jobs: [{ name: 'tick', interval: '1s' }] }).start();`,
      'jobs/tick.js': `console.log('tick');`,
    },
  },
];

async function install(machine: Machine, recipe: Recipe): Promise<string> {
  const { name, command, port, service = '', files = {} } = recipe;
  await copyPackage(machine);
  for (const [file, content] of Object.entries(files)) await machine.write(`/srv/${name}/${file}`, content);
  if (name === 'express-generator') {
    const args = [
      join(MODULES, 'express-generator/bin/express-cli.js'),
      '--no-view',
      '--force',
      '/srv/express-generator/app',
    ];
    await machine.exec(process.execPath, args, { check: true });
  }
  const exec = command.startsWith('/') ? command : join(MODULES, command);
  await machine.install({
    [`${name}.service`]: `[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=notify\nWatchdogSec=2\nEnvironment=NODE_PATH=${MODULES} HOME=/root\nExecStart=${process.execPath} --require ${PACKAGE}/dist/auto.cjs ${exec}\n${service}\n`,
    ...(port === undefined ? {} : { [`${name}.socket`]: `[Socket]\nListenStream=127.0.0.1:${port}\n` }),
  });
  if (port !== undefined) await machine.systemctl('start', `${name}.socket`);
  return `${name}.service`;
}

describeOnSystemd(['host'], 'a program from npm, unchanged,', (machine) => {
  test('is installed: npm ci --prefix test/programs', () => expect(existsSync(MODULES)).toBe(true));

  test.each(RECIPES)(
    '$name',
    async (recipe) => {
      const { port, path = '/' } = recipe;
      const unit = await install(machine(), recipe);
      await machine().start(unit);
      if (port !== undefined) {
        expect(await machine().show(unit, 'StatusText')).toContain(`listens on 127.0.0.1:${port}`);
        const [file, ...args] = machine().enter(process.execPath, [CLIENTS, String(port), path]);
        const clients = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        const output = text(clients.stdout);
        for (let round = 0; round < 3; round += 1) await machine().systemctl('restart', unit);
        clients.stdin.end();
        await once(clients, 'close');
        const { answers, failures } = JSON.parse(await output) as { answers: number; failures: string[] };
        expect(failures).toEqual([]);
        expect(answers).toBeGreaterThan(8);
      }
      await machine().stop(unit);
      expect(await machine().show(unit, 'Result')).toBe('success');
      expect((await machine().journal('-p', 'err', `_SYSTEMD_UNIT=${unit}`)).map(({ MESSAGE }) => MESSAGE)).toEqual([]);
      if (port !== undefined) await machine().systemctl('stop', unit.replace('.service', '.socket'));
    },
    120_000,
  );
});
