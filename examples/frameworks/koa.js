import { createServer } from 'node:http';
import Koa from 'koa';
import { listen, ready } from 'readyd';

const app = new Koa();
app.use((context) => {
  context.body = 'hello from koa';
});

const server = createServer(app.callback());
await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => server.close());
