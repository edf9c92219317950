import { fastify } from 'fastify';
import { listenTarget, ready } from 'readyd';

const app = fastify();
app.get('/', () => 'hello from fastify');

await app.listen(listenTarget({ name: 'web', fallback: process.env.PORT ?? 8080 }));
await ready();
process.once('SIGTERM', () => void app.close());
