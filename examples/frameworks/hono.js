import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { listen, ready } from 'readyd';

const app = new Hono();
app.get('/', (context) => context.text('hello from hono'));

const server = createAdaptorServer({ fetch: app.fetch });
await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => server.close());
