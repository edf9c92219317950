// The environment that systemd sets for a hardened service, as readyd returns it.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

/** V8 protects its memory with protection keys: the filter must allow the calls, or return an error for them. */
const FILTERS = [
  ['pkey', 'SystemCallFilter=@system-service @pkey'],
  ['eperm', 'SystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM'],
];
const HARDENED = `
DynamicUser=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
NoNewPrivileges=yes`;

async function statusOf(machine: Machine, unit: string): Promise<unknown> {
  return JSON.parse(await machine.show(unit, 'StatusText'));
}

describeOnSystemd(['host', 'trixie', 'sid'], 'the environment', (machine) => {
  test.each(FILTERS)(
    'credentials and all five directories arrive under DynamicUser=yes, hardened (%s)',
    async (name, filter) => {
      const unit = await installService(machine(), {
        name: `provided-${name}`,
        service: `${HARDENED}
${filter}
LoadCredential=loaded:/etc/loaded
SetCredential=set:sesame
RuntimeDirectory=provided provided/second
StateDirectory=provided
CacheDirectory=provided
LogsDirectory=provided
ConfigurationDirectory=provided`,
        script: `
        import { writeFileSync } from 'node:fs';
        const { credential, directories, invocationId, booted, isMainProcess } = readyd;
        const { runtime, state, cache, logs, configuration } = directories;
        for (const folder of [...runtime, ...state, ...cache, ...logs]) writeFileSync(folder + '/file', 'text');
        await readyd.service({
          start: () => { ${STAY} },
          status: () => JSON.stringify({
            loaded: credential('loaded').toString('hex'), set: String(credential('set')), other: credential('other') === undefined,
            runtime, state, cache, logs, configuration,
            id: invocationId(), booted: booted(), main: isMainProcess(), uid: process.getuid() > 0,
          }),
        });`,
      });
      await machine().exec('sh', ['-c', String.raw`printf '\000\377\n' >/etc/loaded && chmod 600 /etc/loaded`]);
      await machine().start(unit);
      expect(await statusOf(machine(), unit)).toEqual({
        loaded: '00ff0a',
        set: 'sesame',
        other: true,
        runtime: ['/run/provided', '/run/provided/second'],
        state: ['/var/lib/provided'],
        cache: ['/var/cache/provided'],
        logs: ['/var/log/provided'],
        configuration: ['/etc/provided'],
        id: await machine().show(unit, 'InvocationID'),
        booted: true,
        main: true,
        uid: true,
      });
    },
  );

  test('an encrypted credential arrives in the clear', async ({ skip }) => {
    const encrypt = 'systemd-creds encrypt --with-key=host --name=secret - /etc/secret';
    const { code, stderr } = await machine().exec('sh', ['-c', encrypt], { input: 'open sesame' });
    if (code !== 0) skip(`systemd-creds cannot encrypt here: ${stderr.trim()}`);
    const unit = await installService(machine(), {
      name: 'encrypted',
      service: 'LoadCredentialEncrypted=secret:/etc/secret',
      script: `await readyd.service({ start: () => { ${STAY} }, status: () => String(readyd.credential('secret')) });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('open sesame');
  });

  test('a child of the service is not its main process, and childEnv() keeps it from speaking for it', async () => {
    const unit = await installService(machine(), {
      name: 'parent',
      service: 'NotifyAccess=all\nFileDescriptorStoreMax=1\nWatchdogSec=10',
      script: `
        import { execFileSync } from 'node:child_process';
        const program = "import('" + process.env.PACKAGE + "').then(async ({ isMainProcess, status }) => "
          + 'console.log(isMainProcess(), await status("I am the service")))';
        const run = (env) => execFileSync(process.execPath, ['--eval', program], { env, encoding: 'utf8' }).trim();
        await readyd.service({ start: () => { ${STAY} }, status: () => readyd.isMainProcess() + ' ' + run(readyd.childEnv()) });`,
      files: { 'parent.service.d/package.conf': `[Service]\nEnvironment=PACKAGE=${process.cwd()}/dist/index.js\n` },
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('true false false');
  });
});

const WATCHER = `
  let count = 0;
  await readyd.service({
    start: () => { readyd.onMemoryPressure(() => { count += 1; }); ${STAY} },
    status: () => 'called ' + count,
    statusInterval: 50,
  });`;

describeOnSystemd(['host', 'trixie', 'sid'], 'memory pressure', (machine) => {
  test('through a FIFO', async () => {
    await machine().exec('mkfifo', ['/run/pressure.fifo'], { check: true });
    const unit = await installService(machine(), {
      name: 'fifo',
      service: `Environment=MEMORY_PRESSURE_WATCH=/run/pressure.fifo MEMORY_PRESSURE_WRITE=`,
      script: WATCHER,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('called 0');
    await machine().exec('sh', ['-c', 'echo >/run/pressure.fifo'], { check: true });
    await machine().waitForProperty(unit, 'StatusText', 'called 1');
  });

  test('through a unix socket', async () => {
    const manager = await installService(machine(), {
      name: 'pressure-manager',
      script: `
        import { createServer } from 'node:net';
        const server = createServer((socket) => {
          socket.on('data', (data) => readyd.status('asked for ' + JSON.stringify(String(data))));
          process.on('SIGUSR1', () => socket.write('now'));
        }).listen('/run/pressure.socket', () => readyd.ready());`,
    });
    await machine().start(manager);
    const unit = await installService(machine(), {
      name: 'socket',
      // "some 1 2"
      service: `Environment=MEMORY_PRESSURE_WATCH=/run/pressure.socket MEMORY_PRESSURE_WRITE=c29tZSAxIDI=`,
      script: WATCHER,
    });
    await machine().start(unit);
    await machine().waitForProperty(manager, 'StatusText', 'asked for "some 1 2"');
    await machine().systemctl('kill', '-s', 'USR1', manager);
    await machine().waitForProperty(unit, 'StatusText', 'called 1');
  });

  test('malformed: the contract’s code, in a service that goes on', async () => {
    const unit = await installService(machine(), {
      name: 'malformed',
      service: 'Environment=MEMORY_PRESSURE_WATCH=relative',
      script: `
        await readyd.service({
          start: ({ status }) => { try { readyd.onMemoryPressure(() => {}); } catch (error) { status(error.code); } ${STAY} },
        });`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'StatusText', 'SD_ERR_INVALID_ENV');
  });
});

/** Reads a file, drops its pages, and reads it again, as a machine without memory does. In microseconds of stall. */
async function thrash(): Promise<number> {
  const folder = mkdtempSync(join(packageRoot(), 'build/thrash-'));
  const MADV_PAGEOUT = 21;
  const program = `
import mmap, os, sys
def total(): return int(open('/proc/pressure/memory').read().split('total=')[1].split()[0])
file = open(sys.argv[1], 'w+b')
for _ in range(48): file.write(os.urandom(1 << 20))
file.flush()
os.fsync(file.fileno())
pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
before = total()
for _ in range(20):
    if total() - before > 20000: break
    for _ in range(3):
        for at in range(0, len(pages), 4096): pages[at]
    pages.madvise(${MADV_PAGEOUT})
print(total() - before)`;
  try {
    const { stdout } = await promisify(execFile)('python3', ['-c', program, join(folder, 'file')]);
    return Number(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A threshold that any stall of the processor reaches: the same protocol on another file of the kernel.
describeOnSystemd(['host', 'trixie', 'sid'], 'a pressure file of the kernel', (machine) => {
  test('the threshold is written, and POLLPRI calls the handler (processor pressure, which can be made at will)', async ({
    skip,
  }) => {
    if ((await machine().exec('cat', ['/proc/pressure/cpu'])).code !== 0) skip('this kernel tells no pressure');
    const unit = await installService(machine(), {
      name: 'psi',
      service: `Environment=MEMORY_PRESSURE_WATCH=/proc/pressure/cpu`,
      files: {
        'psi.service.d/write.conf': `[Service]\nEnvironment=MEMORY_PRESSURE_WRITE=${Buffer.from('some 20000 2000000\0').toString('base64')}\n`,
      },
      script: WATCHER,
    });
    await machine().start(unit);
    // More programs than there are processors.
    const busy = 'timeout 5 sh -c "while :; do :; done" & '.repeat(6);
    await machine().exec('sh', ['-c', `${busy} wait`]);
    await machine().waitForProperty(unit, 'StatusText', /^called [1-9]/);
  });

  test('a real stall of memory: pages that are in use are taken away, and waited for', async ({ skip }) => {
    const unit = await installService(machine(), {
      name: 'psi-memory',
      service: `Environment=MEMORY_PRESSURE_WATCH=/proc/pressure/memory`,
      files: {
        'psi-memory.service.d/write.conf': `[Service]\nEnvironment=MEMORY_PRESSURE_WRITE=${Buffer.from('some 1000 2000000\0').toString('base64')}\n`,
      },
      script: WATCHER,
    });
    await machine().start(unit);
    const stalled = await thrash();
    if (stalled < 2000) {
      const reason = `this machine waits for no page: ${stalled} µs`;
      console.warn(`no stall of memory: ${reason}`);
      skip(reason);
    }
    await machine().waitForProperty(unit, 'StatusText', /^called [1-9]/);
  });

  test('a real stall by MemoryHigh=, where the machine has the controller', async ({ skip }) => {
    const { stdout } = await machine().exec('cat', ['/sys/fs/cgroup/cgroup.controllers']);
    const reason = `this machine's cgroup v2 has no memory controller; it has ${stdout.trim() || 'none at all'}`;
    if (!stdout.includes('memory')) {
      console.warn(`no stall by MemoryHigh=: ${reason}`);
      skip(reason);
    }
    const unit = await installService(machine(), {
      name: 'stalled',
      service: 'MemoryHigh=60M\nMemorySwapMax=0\nMemoryMax=400M',
      script: WATCHER.replace(
        'await readyd',
        'const kept = []; setInterval(() => kept.push(Buffer.alloc(1e6, 1)), 20); await readyd',
      ),
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'StatusText', /^called [1-9]/);
    await machine().systemctl('kill', '-s', 'KILL', unit);
  });
});
