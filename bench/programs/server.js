// node server.js PACKAGE activated|own: an HTTP server, on the socket that was passed or on one of its own, and prints its
// port.
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , folder, kind] = process.argv;
const server = createServer((_request, response) => response.end('hello'));
if (kind === 'activated') {
  const { listen } = await import(join(folder, 'dist/index.js'));
  const { address } = await listen(server);
  console.log(address.port);
} else {
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}
