// The program that the tests of containers run: a service on a socket of systemd, which drains when it stops.
import { PACKAGE } from './service.ts';

export const SHOP = `
import { createServer } from 'node:http';
import { drain, journal, listen, service } from '${PACKAGE}/dist/index.js';
const log = journal({ connect: 'always' });
let activated;
const server = createServer((_, response) => response.end('activated: ' + activated));
await service({
  async start() {
    ({ activated } = await listen(server, { name: 'web', fallback: 8081 }));
    log.info('serves in a container', { watchdogUsec: process.env.WATCHDOG_USEC });
  },
  async stop() {
    await drain(server);
    log.info('has drained');
  },
});`;
