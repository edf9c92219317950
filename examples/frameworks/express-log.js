import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { journal, listen, ready } from 'readyd';

const log = journal();
const app = express();
app.use((request, _response, next) => log.run({ requestId: request.get('x-request-id') ?? randomUUID() }, next));
app.use(express.json());

app.post('/orders', async (_request, response) => {
  log.info('order placed', { orderId: 4711 });
  await sleep(5);
  log.child({ component: 'bank' }).warn('slow answer');
  response.send('placed');
});
app.get('/broken', () => {
  throw new TypeError('no such item');
});
app.use((error, _request, response, _next) => {
  log.error(error);
  response.status(500).send('broken');
});

const server = createServer(app);
await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => server.close());
