// Calls the package with random values: npm run fuzz -- [--seconds N] [--seed N] [--node PATH] [NAME…]
//
//   api          any arguments for the functions
//   entry        any message and fields for the logger
//   datagram     any notification, entry and line for the stand-in manager
//   environment  any values for the variables of systemd
//
// Each runs as a service of the stand-in manager, all at the same time. If one finds a fault, this program prints the fault
// with the seed that repeats it, and exits with 1.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createManager } from 'readyd/testing';

const NAMES = ['api', 'entry', 'datagram', 'environment'];
const SERVICE = fileURLToPath(new URL('service.js', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    node: { type: 'string', default: process.execPath },
  },
});

const names = positionals.length === 0 ? NAMES : positionals;
const found = (await Promise.all(names.map(run))).filter((ok) => !ok);
process.exit(found.length === 0 ? 0 : 1);

async function run(name) {
  const label = `${name}, seed ${values.seed}, ${values.node === process.execPath ? `Node ${process.versions.node}` : values.node}`;
  const { judge } = await import(`./${name}.js`);
  // The manager survives a fault in its own parser: it drops the message, and reports the error as an event.
  const faults = [];
  const onEvent = ({ source, text }) => {
    if (source === 'manager' && text.startsWith('drops a message of ')) faults.push(text);
  };
  const manager = await createManager({ type: 'exec', notifyAccess: 'all', fdStore: 16, onEvent });
  try {
    const daemon = await manager.start(values.node, [SERVICE, name, values.seed, values.seconds]);
    const { code, signal } = await daemon.ended;
    if (code !== 0) throw new Error(`it ended with ${signal ?? code}: ${lastLines(daemon)}`);
    if (faults.length > 0)
      throw new Error(`the manager could not handle ${faults.length} messages; first: ${faults[0]}`);
    judge?.(daemon);
    const calls = /calls: \d+/.exec(lastLines(daemon, 5))?.[0] ?? 'calls: ?';
    console.log(`${label}: ${calls}, nothing found`);
    return true;
  } catch (error) {
    console.log(`${label}: FOUND ${error instanceof Error ? error.stack : String(error)}`);
    return false;
  } finally {
    await manager.close();
  }
}

function lastLines(daemon, count = 12) {
  const printed = daemon.journal.filter(({ source }) => source !== 'native');
  return printed
    .slice(-count)
    .map(({ message }) => message)
    .join('\n');
}
