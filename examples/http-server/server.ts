import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { barrier, journal, listen, ready, reload, stopping, watchdog } from 'readyd';

const log = journal();
let page = await readFile('page.html');
const server = createServer((request, response) => {
  log.info(`${request.method} ${request.url}`, { path: request.url, requestId: randomUUID() });
  response.setHeader('content-type', 'text/html').end(page);
});

const rereadPage = async () => {
  page = await readFile('page.html');
};
process.on('SIGHUP', () => void reload(rereadPage).catch((error) => log.error(error)));
const stop = once(process, 'SIGTERM');

const { address } = await listen(server, { name: 'web', fallback: 8080 });
const where = address && 'port' in address ? `${address.address} port ${address.port}` : address?.path;
watchdog({ log });
await ready(`serving on ${where}`);

await stop;
await stopping('finishing open requests');
await once(server.close(), 'close');
log.notice('all requests are answered');
await Promise.all([log.flush(), barrier()]); // nothing of this is lost
