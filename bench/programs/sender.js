// node sender.js PACKAGE KIND: the counterpart of c/sender.c. For each line COUNT on stdin sends COUNT messages, and prints
// its start, its end, and its processor time, in nanoseconds. It assembles each message again, from values that change.
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , folder, kind] = process.argv;
const { journal, notifySync, sendEntry, status } = await import(join(folder, 'dist/index.js'));
const log = journal({ identifier: 'sender', connect: 'always' });
const child = log.child({
  service: 'checkout',
  region: 'eu-central-1',
  zone: 'b',
  build: '2024.11.3',
  tenant: 'acme',
  customer: '5512',
  session: 'f3a9c2d1',
  trace: '0af7651916cd43dd8448eb211c80319c',
  span: 'b7ad6b7169203331',
  locale: 'de-DE',
});
let number = 1_000_000;

/** Numbers from here on have seven digits, like the C program's. */
function next() {
  number = number === 9_999_999 ? 1_000_000 : number + 1;
  return number;
}

const KINDS = {
  async status(count) {
    for (let i = 0; i < count; i += 1) await status(`serving request ${next()}`);
  },
  async 'status not awaited'(count) {
    let last;
    for (let i = 0; i < count; i += 1) last = status(`serving request ${next()}`);
    await last;
  },
  async notifySync(count) {
    for (let i = 0; i < count; i += 1) notifySync({ status: `serving request ${next()}` });
  },
  async journal(count) {
    for (let i = 0; i < count; i += 1) {
      log.info('request served', { requestId: '7d9f3c1e2b', duration: next(), user: 'alice' });
    }
  },
  async child(count) {
    for (let i = 0; i < count; i += 1) {
      child.info('request served', { requestId: '7d9f3c1e2b', duration: next(), user: 'alice' });
    }
  },
  async 'journal in a run'(count) {
    await log.run({ traceId: '0af7651916cd43dd8448eb211c80319c' }, () => KINDS.journal(count));
  },
  async 'journal after a run'(count) {
    log.run({ traceId: '0af7651916cd43dd8448eb211c80319c' }, () => undefined);
    await KINDS.journal(count);
  },
  async sendEntry(count) {
    for (let i = 0; i < count; i += 1) {
      await sendEntry([
        ['SYSLOG_IDENTIFIER', 'sender'],
        ['PRIORITY', '6'],
        ['MESSAGE', 'request served'],
        ['REQUEST_ID', '7d9f3c1e2b'],
        ['DURATION', String(next())],
        ['USER', 'alice'],
      ]);
    }
  },
};

const send = KINDS[kind];
console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await send(Number(line));
  const end = process.hrtime.bigint();
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${start} ${end} ${(user + system) * 1000}`);
}
