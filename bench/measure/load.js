// Clients in a closed loop, each on a connection of its own: as light as can be, so that the server is what is measured.
import { once } from 'node:events';
import { connect } from 'node:net';

const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n';

/** @returns {Promise<number[]>} how long each request took until its answer, in nanoseconds */
export async function load(port, connections, milliseconds) {
  const latencies = [];
  const end = performance.now() + milliseconds;
  await Promise.all(Array.from({ length: connections }, () => client(port, end, latencies)));
  return latencies;
}

async function client(port, end, latencies) {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  socket.write(REQUEST);
  // All answers have the size of the first, which comes alone.
  const [{ length: size }] = await once(socket, 'data');
  await new Promise((resolve, reject) => {
    let received = 0;
    let sent = 0n;
    const request = () => {
      sent = process.hrtime.bigint();
      socket.write(REQUEST);
    };
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received < size) return;
      received -= size;
      latencies.push(Number(process.hrtime.bigint() - sent));
      if (performance.now() < end) request();
      else socket.end(resolve);
    });
    request();
  });
}
