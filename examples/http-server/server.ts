import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { barrier, journal, listen, ready, reload, stopping, watchdog } from 'readyd';

const log = journal();
let page = await readFile('page.html');
const server = createServer((request, response) => {
  log.info(`${request.method} ${request.url}`, { method: request.method, path: request.url });
  response.setHeader('content-type', 'text/html').end(page);
});
process.on('SIGHUP', () => {
  reload(async () => (page = await readFile('page.html'))).catch((error) => log.error(error));
});

await listen(server, { name: 'web', fallback: 8080 });
watchdog({ log });
await ready('serving');

await once(process, 'SIGTERM');
await stopping('finishing open requests');
await once(server.close(), 'close');
log.notice('all requests are answered');
await Promise.all([log.flush(), barrier()]); // nothing of this is lost
