// node logger.js PACKAGE KIND: like sender.js, but with other loggers and other shapes of entries: `fields-64` has 64 fields
// besides the message, `bytes-1000` one value of 1000 bytes.
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , folder, kind] = process.argv;
const MESSAGE = 'request served';
let number = 1_000_000;
const next = () => {
  number = number === 9_999_999 ? 1_000_000 : number + 1;
  return number;
};
const fields = () => ({ requestId: '7d9f3c1e2b', duration: next(), user: 'alice' });

const KINDS = {
  async readyd() {
    const { journal } = await import(join(folder, 'dist/index.js'));
    const log = journal({ identifier: 'sender', connect: 'always' });
    return () => log.info(MESSAGE, fields());
  },
  /** One system call per entry, like all other loggers; writes to descriptor 3. */
  async pino() {
    const { pino } = await import('pino');
    const log = pino({}, pino.destination({ fd: 3, sync: true }));
    return () => log.info(fields(), MESSAGE);
  },
  async 'readyd/pino'() {
    const [{ pino }, { pinoJournal }] = await Promise.all([import('pino'), import(join(folder, 'dist/pino.js'))]);
    const log = pino({}, pinoJournal({ identifier: 'sender', connect: 'always' }));
    return () => log.info(fields(), MESSAGE);
  },
  /** Writes to stderr, which another process empties. */
  async winston() {
    const { default: winston } = await import('winston-3');
    const log = winston.createLogger({ transports: [new winston.transports.Console({ stderrLevels: ['info'] })] });
    return () => log.info(MESSAGE, fields());
  },
  async 'readyd/winston'() {
    const [{ default: winston }, { JournalTransport }] = await Promise.all([
      import('winston-3'),
      import(join(folder, 'dist/winston.js')),
    ]);
    const log = winston.createLogger({
      transports: [new JournalTransport({ identifier: 'sender', connect: 'always' })],
    });
    return () => log.info(MESSAGE, fields());
  },
  async 'systemd-journald'() {
    const { default: Journald } = await import('systemd-journald');
    const log = new Journald({ syslog_identifier: 'sender' });
    return () => log.info(MESSAGE, fields());
  },
  async 'sd-journald'() {
    const [{ default: module }, { Map: ImmutableMap }] = await Promise.all([
      import('sd-journald'),
      import('immutable'),
    ]);
    const { Journald, SyslogPrority } = module;
    const log = new Journald('sender');
    return () =>
      log.send(
        SyslogPrority.INFO,
        MESSAGE,
        ImmutableMap({ REQUEST_ID: '7d9f3c1e2b', DURATION: String(next()), USER: 'alice' }),
      );
  },
  async 'winston-journald'() {
    const { default: winston } = await import('winston');
    const { Journald } = await import('winston-journald');
    const log = new winston.Logger({ transports: [new Journald({ level: 'info' })] });
    return () => log.info(MESSAGE, fields());
  },
  async fields(count) {
    const { journal } = await import(join(folder, 'dist/index.js'));
    const log = journal({ identifier: 'sender', connect: 'always' });
    const all = Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, '7d9f3c1e2b']));
    return () => log.info(MESSAGE, all);
  },
  async bytes(count) {
    const { journal } = await import(join(folder, 'dist/index.js'));
    const log = journal({ identifier: 'sender', connect: 'always' });
    const data = Buffer.alloc(count, 'x').toString('latin1');
    return () => log.info(MESSAGE, { data });
  },
};

const [, shape, size] = /^(fields|bytes)-(\d+)$/.exec(kind) ?? [];
const write = await (shape === undefined ? KINDS[kind]() : KINDS[shape](Number(size)));
console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let left = Number(line); left > 0; left -= 1) write();
  // Work that a logger postpones counts, too.
  await new Promise((resolve) => setImmediate(resolve));
  const end = process.hrtime.bigint();
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${start} ${end} ${(user + system) * 1000}`);
}
