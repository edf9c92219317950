import { createServer } from 'node:http';
import { drain, listen, service } from 'readyd';

const server = createServer((_, response) => response.end(`hello from process ${process.pid}\n`));

await service({
  // Off systemd, where nothing would start it again, the service stays.
  idleTimeout: Number(process.env.IDLE_MS ?? 60_000),
  async start() {
    await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
  },
  // Connections that were accepted are answered; later ones wait in the socket, and start the next process.
  async stop() {
    await drain(server);
  },
});
