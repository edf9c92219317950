// Clients in a closed loop, each on its own connection. They are as light as possible, so that the bench measures the server.
import { once } from 'node:events';
import { connect } from 'node:net';
import { quantile } from './statistics.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n';

const CONNECTIONS = 16;
const ROUND_MS = 250;
const WARM_UP_ROUNDS = 4;

/**
 * Loads servers in turn, round by round.
 *
 * @param {Record<string, import('./program.js').Program>} servers by name; each has said its port
 * @returns {Promise<Record<string, { rate: number, p99: number }[]>>} by name: requests a second, and nanoseconds
 */
export async function takeTurns(servers, rounds) {
  const turns = Object.entries(servers).map(([name, server]) => ({ name, port: Number(server.greeting), results: [] }));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const { port, results } of turns) {
      const latencies = await load(port, CONNECTIONS, ROUND_MS);
      const rate = latencies.length / (ROUND_MS / 1000);
      if (round >= 0) results.push({ rate, p99: quantile(latencies, 0.99) });
    }
    // A round affects the next one, so the order changes: no server always follows the same server.
    turns.reverse();
  }
  return Object.fromEntries(turns.map(({ name, results }) => [name, results]));
}

/** @returns {Promise<number[]>} how long each request took until its answer, in nanoseconds */
async function load(port, connections, milliseconds) {
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
