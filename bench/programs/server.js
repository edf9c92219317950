// node server.js PACKAGE activated|own|watchdog|diagnose [PORT]: an HTTP server, on the socket that was passed or on one of
// its own, without readyd (own) or with a watchdog, and prints its port.
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , folder, kind, port = '0'] = process.argv;
const server = createServer((_request, response) => response.end('hello'));
const { listen, watchdog } = kind === 'own' ? {} : await import(join(folder, 'dist/index.js'));
if (kind === 'activated') {
  const { address } = await listen(server);
  console.log(address.port);
} else {
  watchdog?.({ diagnose: kind === 'diagnose' });
  server.listen(Number(port), '127.0.0.1', () => console.log(server.address().port));
}
