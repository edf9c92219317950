import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, LogController } from 'fastify';
import { journal, listen, ready } from 'readyd';

const log = journal();
const app = fastify({ loggerInstance: log, logController: new LogController({ requestIdLogLabel: 'requestId' }) });
// After the body is parsed: the events of that come from the connection, not from the request.
app.addHook('preHandler', (request, _reply, done) => log.run({ requestId: request.id }, done));

async function place(request) {
  request.log.info({ orderId: 4711 }, 'order placed');
  await sleep(5);
  log.child({ component: 'bank' }).warn('slow answer');
  return 'placed';
}
app.post('/orders', (request) => place(request));
app.get('/broken', () => {
  throw new TypeError('no such item');
});

await app.ready();
await listen(app.server, { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => void app.close());
