import { createServer } from 'node:http';
import express from 'express';
import { listen, ready } from 'readyd';

const app = express();
app.get('/', (_, response) => response.send('hello from express'));

const server = createServer(app);
await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => server.close());
