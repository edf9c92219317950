import { createServer } from 'node:http';
import { drain, listen, service } from 'readyd';
import { countEverything, metricsText } from './metrics.js';

countEverything();

let broken = false;
const server = createServer((request, response) => {
  if (request.url === '/metrics') response.setHeader('content-type', 'text/plain; version=0.0.4').end(metricsText());
  else if (request.url === '/break') {
    broken = !broken;
    response.end(String(broken));
  } else response.end('hello\n');
});

await service({
  async start({ log }) {
    await listen(server, { name: 'web', fallback: 8080 });
    log.info('it answers');
  },
  reload(_, { log }) {
    log.notice('reloaded');
  },
  stop: () => drain(server).then(() => undefined),
  watchdog: { checks: { database: () => !broken } },
});
