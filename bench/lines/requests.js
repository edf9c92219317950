// HTTP on a socket that was passed against server.listen(port), the two servers taking turns.
import { join } from 'node:path';
import { activate, bindListeners } from '../measure/activation.js';
import { takeTurns } from '../measure/load.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { time } from '../table.js';

const TARGET = 0.97;

export async function requests(settings) {
  const [socket] = await bindListeners(1);
  const program = join(import.meta.dirname, '../programs/server.js');
  const command = [process.execPath, program, settings.package];
  const servers = {
    activated: await activate([...command, 'activated'], [socket]),
    own: await Program.start([...command, 'own']),
  };
  // The process that holds the other copy of the socket must not accept connections.
  socket.close();
  const results = await takeTurns(servers, settings.rounds);
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  return rows(results);
}

function rows({ activated, own }) {
  const middle = (results, key) => median(results.map((result) => result[key]));
  const rate = { activated: middle(activated, 'rate'), own: middle(own, 'rate') };
  const p99 = { activated: middle(activated, 'p99'), own: middle(own, 'p99') };
  return [
    {
      what: 'requests a second on an activated socket',
      value: rate.activated.toFixed(0),
      against: `server.listen(port) ${rate.own.toFixed(0)}`,
      ratio: rate.activated / rate.own,
      target: `≥ ${TARGET}`,
      met: rate.activated / rate.own >= TARGET,
    },
    {
      what: 'the 99th percentile of their latency',
      value: time(p99.activated),
      against: `server.listen(port) ${time(p99.own)}`,
      ratio: p99.activated / p99.own,
      target: `≤ ${(1 / TARGET).toFixed(2)}`,
      met: p99.activated / p99.own <= 1 / TARGET,
    },
  ];
}
