// A process in which nothing is wrong.
import type { ProcessFacts } from '../../../src/cli/doctor/facts.ts';

export const PROCESS: ProcessFacts = {
  pid: 10,
  parent: 1,
  argv: ['/usr/bin/node', '/srv/app.js'],
  executable: 'node',
  env: { NOTIFY_SOCKET: '/run/systemd/notify' },
  handlesHangup: false,
  onJournal: true,
  seesManager: true,
  seesJournal: true,
};
