import { createServer } from 'node:http';
import { server as hapi } from '@hapi/hapi';
import { listen, ready } from 'readyd';

const listener = createServer();
const app = hapi({ listener, autoListen: false });
app.route({ method: 'GET', path: '/', handler: () => 'hello from hapi' });

await app.initialize();
await listen(listener, { name: 'web', fallback: process.env.PORT ?? 8080 });
await app.start();
await ready();
process.once('SIGTERM', () => void app.stop());
