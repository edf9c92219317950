import { createServer, type Server } from 'node:http';
import { drain, listen, service } from 'readyd';

const IDLE_MS = Number(process.env.IDLE_MS ?? 60_000);
const server = createServer((_, response) => response.end(`hello from process ${process.pid}\n`));

/** Calls `leave` when there has been no connection for so long. */
function whenIdle(watched: Server, ms: number, leave: () => void): void {
  let timer = setTimeout(leave, ms);
  let open = 0;
  watched.on('connection', (socket) => {
    open++;
    clearTimeout(timer);
    socket.once('close', () => {
      open--;
      if (open === 0) timer = setTimeout(leave, ms);
    });
  });
}

await service({
  async start() {
    const { activated } = await listen(server, { name: 'web', fallback: process.env.PORT ?? 8080 });
    // The way every stop goes. Off systemd nobody would start it again.
    if (activated) whenIdle(server, IDLE_MS, () => process.kill(process.pid, 'SIGTERM'));
  },
  // Who has connected meanwhile is answered; who connects from now on waits in the socket, and starts the next process.
  async stop() {
    await drain(server);
  },
});
