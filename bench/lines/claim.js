// listenFds() with 250 sockets: the first call, and every later one.
import { join } from 'node:path';
import { activate, bindListeners } from '../measure/activation.js';
import { median } from '../measure/statistics.js';
import { limitRow } from '../table.js';

const DESCRIPTORS = 250;
const CLAIM_LIMIT_NS = 2_000_000;
const AGAIN_LIMIT_NS = 100;
/** Each round starts a Node, so there are fewer rounds. */
const ROUNDS_MAX = 25;

export async function claim(settings) {
  const servers = await bindListeners(DESCRIPTORS);
  const command = [process.execPath, join(import.meta.dirname, '../programs/claim.js'), settings.package];
  const claims = [];
  const agains = [];
  for (let round = 0; round < Math.min(settings.rounds, ROUNDS_MAX); round += 1) {
    const program = await activate(command, servers);
    const [length, first, again] = program.greeting.split(' ').map(Number);
    if (length !== DESCRIPTORS) throw new Error(`${length} of ${DESCRIPTORS} descriptors were claimed`);
    claims.push(first);
    agains.push(again);
    await program.stop();
  }
  for (const server of servers) server.close();
  return [
    limitRow({ what: `listenFds(), ${DESCRIPTORS} descriptors`, value: median(claims), limit: CLAIM_LIMIT_NS }),
    limitRow({ what: 'listenFds(), called again', value: median(agains), limit: AGAIN_LIMIT_NS }),
  ];
}
