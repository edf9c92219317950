import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { drain, listen, service, workerPool } from 'readyd';

if (cluster.isPrimary) {
  // What systemd passes stays here, and listen() in a worker asks for it.
  await service(workerPool({ count: 2 }));
} else {
  await service({
    async start() {
      const server = createServer((request, response) => {
        // What blocks one worker takes the heartbeat of the whole service away.
        if (request.url === '/block') for (;;);
        response.end(`worker ${cluster.worker?.id}\n`);
      });
      await listen(server, { name: 'web', fallback: 8080 });
      return server;
    },
    async stop(server) {
      await drain(server);
    },
  });
}
