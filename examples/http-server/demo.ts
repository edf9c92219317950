// Shows the example's whole life: `npm run demo`, or as root `npm run demo -- --systemd`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../test/systemd/boot.ts';
import { runOnSystemd } from './demo/on-systemd.ts';
import { print, style } from './demo/print.ts';
import { runOnStandIn } from './demo/stand-in.ts';

const USAGE = 'usage: npm run demo [-- --systemd]';
const OPTIONS = { systemd: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return print(USAGE);
  const server = join(import.meta.dirname, 'server.js');
  await (values.systemd ? runOnSystemd : runOnStandIn)(packageRoot(), server);
  print(style('bold', '\nEverything went as it should.'));
}

// Ctrl-C cleans up, too: at exit, the demo ends its processes and removes its files.
process.once('SIGINT', () => process.exit(130));
main().catch((error: Error) => {
  const usage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`demo: ${error.message}\n${usage ? `${USAGE}\n` : ''}`);
  process.exitCode = 1;
});
