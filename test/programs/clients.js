// Clients in a closed loop until standard input ends, half of them with kept-alive connections. A kept-alive connection that
// the server has closed meanwhile is opened once more, as every HTTP client does for a request without a body.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [address, path, fails] = process.argv.slice(2);
const [host, port] = address.split(':');
const place = address.startsWith('/') ? { socketPath: address } : { host, port };
/** So that the clients leave the processors to the programs, many of which run at the same time. */
const PAUSE_MS = 5;
const failures = [];
let answers = 0;

const ask = (agent, wanted = path) =>
  new Promise((resolve, reject) => {
    const request = get({ ...place, path: wanted, agent }, (response) => {
      response
        .resume()
        .once('end', () => resolve(response.statusCode))
        .once('error', reject);
    });
    request.once('error', (error) => reject(Object.assign(error, { reused: request.reusedSocket })));
  });

async function client(agent) {
  while (!process.stdin.readableEnded) {
    try {
      const status = await ask(agent).catch((error) => (error.reused ? ask(agent) : Promise.reject(error)));
      if (status < 400) answers += 1;
      else failures.push(String(status));
    } catch (error) {
      failures.push(String(error));
    }
    await delay(PAUSE_MS);
  }
}

const keptAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
const clients = [client(false), client(false), client(keptAlive()), client(keptAlive())];
for await (const _ of process.stdin);
await Promise.all(clients);
if (fails) await ask(false, fails);
console.log(JSON.stringify({ answers, failures }));
process.exit();
