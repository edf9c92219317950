import { createServer } from 'node:http';
import { fdStore, listen, service } from 'readyd';
import { KeptConnections } from './kept-connections.ts';

let count = Number(fdStore.data('count') ?? 0);
const server = createServer((_, response) => response.end(`${++count}, says process ${process.pid}\n`));
const connections = new KeptConnections(server);

await service({
  async start() {
    const { activated } = await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
    // Without a socket unit the listener itself is kept, and the next process is passed it.
    if (!activated) await fdStore.put('web', server);
    connections.adopt();
  },
  async stop() {
    await connections.handOver();
    await fdStore.putData('count', String(count));
  },
  status: () => `counted to ${count}`,
});
