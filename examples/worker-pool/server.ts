import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { drain, listenFds, service, workerPool } from 'readyd';

if (cluster.isPrimary) {
  // The sockets stay with the primary. A worker that listens on one of its descriptors gets a share of the connections.
  const web = listenFds().get('web')?.take();
  await service(workerPool({ count: 2, env: web === undefined ? {} : { WEB_FD: String(web) } }));
} else {
  const { WEB_FD } = process.env;
  await service({
    async start() {
      const server = createServer((request, response) => {
        // What blocks one worker takes the heartbeat of the whole service away.
        if (request.url === '/block') for (;;);
        response.end(`worker ${cluster.worker?.id}\n`);
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(WEB_FD === undefined ? { port: 8080 } : { fd: Number(WEB_FD) }, resolve);
      });
      return server;
    },
    async stop(server) {
      await drain(server);
    },
  });
}
