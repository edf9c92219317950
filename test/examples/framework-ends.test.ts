// service() and the frameworks' own handlers of SIGTERM get the same signal, with the real packages.
// `npm ci --ignore-scripts --prefix examples/frameworks` installs them.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeWith } from '../left-out.ts';
import { child } from '../service/child.ts';
import { FRAMEWORKS, lackOf } from './linked-package.ts';

const lack = lackOf(['@nestjs/core', 'fastify', '@godaddy/terminus', 'close-with-grace']);

/** stop() takes longer than any of their clean-ups. */
const PROLOGUE = `
  import { createServer } from 'node:http';
  import { createRequire } from 'node:module';
  const require = createRequire(${JSON.stringify(join(FRAMEWORKS, 'package.json'))});
  const closeDatabase = () => new Promise((resolve) => setTimeout(() => resolve(console.log('database closed')), 1000));
  const server = createServer((_, response) => response.end('hello'));
  const address = { host: '127.0.0.1', port: 0 };
`;

const NEST = `
  require('reflect-metadata');
  const { NestFactory } = require('@nestjs/core');
  class Root { onApplicationShutdown(signal) { console.log('hook of', signal); } }
  const makeApp = async () => {
    const app = await NestFactory.create({ module: Root }, { logger: false });
    await app.listen(0, '127.0.0.1');
    return app;
  };
`;

async function outputAfterSigterm(program: string): Promise<string> {
  const running = child(PROLOGUE + program);
  await running.says('up\n');
  running.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await running.ended;
  expect({ code, signal, stderr: stderr.replace(/^.*another SIGTERM.*\n/m, '') }).toEqual({
    code: 0,
    signal: null,
    stderr: '',
  });
  return stdout;
}

describeWith(lack, 'one SIGTERM for service() and a framework', () => {
  describe.concurrent('ends after stop()', () => {
    test('Nest, closed by stop(), runs its hooks', async () => {
      const stdout = await outputAfterSigterm(`${NEST}
        await readyd.service({
          start: async () => { const app = await makeApp(); console.log('up'); return app; },
          stop: async (app) => { await app.close('stop()'); await closeDatabase(); },
        });`);
      expect(stdout).toBe('up\nhook of stop()\ndatabase closed\n');
    });

    test('Nest with enableShutdownHooks(), which raises SIGTERM again', async () => {
      const stdout = await outputAfterSigterm(`${NEST}
        await readyd.service({
          start: async () => {
            const app = await makeApp();
            app.enableShutdownHooks();
            console.log('up');
          },
          stop: closeDatabase,
        });`);
      expect(stdout).toBe('up\nhook of SIGTERM\ndatabase closed\n');
    });

    test('Fastify, closed by stop(), runs its hooks', async () => {
      const stdout = await outputAfterSigterm(`
        const app = require('fastify').fastify().get('/', () => 'hello');
        app.addHook('onClose', async () => console.log('hook'));
        await readyd.service({
          start: async () => { await app.listen(address); console.log('up'); },
          stop: async () => { await app.close(); await closeDatabase(); },
        });`);
      expect(stdout).toBe('up\nhook\ndatabase closed\n');
    });

    test('terminus for its health checks alone', async () => {
      const stdout = await outputAfterSigterm(`
        const { createTerminus } = require('@godaddy/terminus');
        createTerminus(server, { signal: 'SIGUSR2', healthChecks: { '/health': () => Promise.resolve() } });
        await readyd.service({
          start: async () => {
            const { address: at } = await readyd.listen(server, { fallback: address });
            const { status } = await fetch('http://127.0.0.1:' + at.port + '/health');
            console.log(status);
            console.log('up');
          },
          stop: async () => { await readyd.drain(server); await closeDatabase(); },
        });`);
      expect(stdout).toBe('200\nup\ndatabase closed\n');
    });

    test('terminus with its own signals, which raises SIGTERM again', async () => {
      const stdout = await outputAfterSigterm(`
        const { createTerminus } = require('@godaddy/terminus');
        createTerminus(server, { signals: ['SIGTERM'], timeout: 100, onSignal: async () => console.log('hook') });
        await readyd.service({
          start: async () => { await readyd.listen(server, { fallback: address }); console.log('up'); },
          stop: closeDatabase,
        });`);
      expect(stdout).toContain('hook\n');
      expect(stdout).toMatch(/database closed\n$/);
    });

    test('close-with-grace that waits for the promise of service()', async () => {
      const stdout = await outputAfterSigterm(`
        const closeWithGrace = require('close-with-grace');
        const life = readyd.service({
          start: async () => { await readyd.listen(server, { fallback: address }); console.log('up'); },
          stop: async () => { await readyd.drain(server); await closeDatabase(); },
        });
        closeWithGrace(() => life);`);
      expect(stdout).toBe('up\ndatabase closed\n');
    });
  });
});
