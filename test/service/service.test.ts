// The life of a service off systemd, and its messages to a manager, with one small program for each behaviour.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { service } from '../../src/service/service.ts';
import { createReceiver } from '../helpers/receiver.ts';
import { child, onTerminal, run } from './child.ts';

const UP = 'setInterval(() => undefined, 1e6); console.log("up");';

describe('a definition', () => {
  const start = () => undefined;

  test.each([
    ['is missing', undefined],
    ['is no object', 'start'],
    ['has no start', {}],
    ['has a start that is no function', { start: 1 }],
    ['has a reload that is no function', { start, reload: true }],
    ['has a stop that is no function', { start, stop: null }],
    ['has a status that is no function', { start, status: 'running' }],
    ['has a misspelled member', { start, shutdown: start }],
    ['has a time that is no number', { start, startTimeout: '1' }],
    ['has a time of nothing', { start, stopTimeout: 0 }],
    ['has an interval of nothing', { start, statusInterval: -1 }],
    ['has a watchdog that is true', { start, watchdog: true }],
    ['has an unknown watchdog option', { start, watchdog: { chekcs: {} } }],
    ['has an unknown stop signal', { start, stopSignals: ['SIGTREM'] }],
    ['has no stop signal', { start, stopSignals: [] }],
    ['has a stop signal outside of a list', { start, stopSignals: 'SIGTERM' }],
    ['has a signal that no process can catch', { start, stopSignals: ['SIGKILL'] }],
    ['has an invalid reload signal', { start, reloadSignal: 1 }],
    ['reloads by what stops it', { start, reloadSignal: 'SIGTERM' }],
    ['is idle after nothing', { start, idleTimeout: 0 }],
    ['has a crashTimeout that is negative', { start, crashTimeout: -1 }],
    ['is kept alive by a string', { start, keepAlive: 'yes' }],
    ['has an unknown journal option', { start, log: { levle: 'info' } }],
  ])('that %s is refused', async (_what, definition) => {
    await expect(service(definition as never)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
  });

  test('that is refused says which member it is', async () => {
    await expect(service({ start, shutdown: start } as never)).rejects.toThrow('"shutdown"');
    await expect(service({} as never)).rejects.toThrow('start must be a function');
  });
});

describe.concurrent('a service off systemd', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it, in order, with exit code 0', async (signal) => {
    const program = child(`
      await readyd.service({
        start: (context) => { ${UP} return context; },
        stop: (started, context) => console.log('stop', started.signal.aborted, context.signal.aborted),
      });
      console.log('after');`);
    await program.says('up');
    program.kill(signal);
    expect(await program.ended).toMatchObject({ code: 0, signal: null, stdout: 'up\nstop true false\nafter\n' });
  });

  test('it ends although something is left open, and says what', async () => {
    const program = child(`await readyd.service({ start: () => { ${UP} }, stop: () => undefined });`);
    await program.says('up');
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/NOTICE +stop\(\) has left something open, .*Timeout\n$/);
  });

  test('without stop() it ends at once, and nothing is said', async () => {
    const program = child(`await readyd.service({ start: () => { ${UP} } });`);
    await program.says('up');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('a finished job ends, after its stop()', async () => {
    const program = child(`
      await readyd.service({ start: async () => 'value', stop: (value) => console.log('stop', value) });
      console.log('after');`);
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'stop value\nafter\n', stderr: '' });
  });

  test('process.exitCode of the program is kept', async () => {
    const program = child(`await readyd.service({ start: () => { process.exitCode = 7; } });`);
    expect(await program.ended).toMatchObject({ code: 7 });
  });

  test.each([
    ['throws', `() => { throw new Error('no database'); }`, 'start failed: no database'],
    ['rejects', `async () => { throw new Error('no database'); }`, 'start failed: no database'],
    ['throws no error', `() => { throw 'a string'; }`, 'start failed: a string'],
    [
      'throws what cannot be told',
      `() => { throw Object.create(null); }`,
      'start failed: something that cannot be told',
    ],
    ['throws undefined', `() => { throw undefined; }`, 'start failed: undefined'],
  ])('a start that %s: told, exit code 1, no stop()', async (_what, start, told) => {
    const program = child(`
      setInterval(() => undefined, 1e6);
      await readyd.service({ start: ${start}, stop: () => console.log('stop') });
      console.log('after');`);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'after\n' });
    expect(stderr).toContain(told);
  });

  test('a start that hangs fails when its time is over; its signal is aborted', async () => {
    const program = child(`
      await readyd.service({
        startTimeout: 100,
        start: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => console.log(signal.reason.code))),
      });`);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'SD_ERR_TIMEOUT\n' });
    expect(stderr).toContain('start() was not done within 100 ms');
  });

  test('a start that ends late is still a failure', async () => {
    const program = child(`
      await readyd.service({ startTimeout: 100, start: () => new Promise((resolve) => setTimeout(resolve, 400)) });`);
    expect(await program.ended).toMatchObject({ code: 1 });
  });

  test('a signal during the start aborts the signal of start(); stop() runs only if start() resolved', async () => {
    for (const [settle, stdout] of [
      ['reject(signal.reason)', 'starting\n'],
      ['resolve()', 'starting\nstop\n'],
    ]) {
      const program = child(`
        await readyd.service({
          start: ({ signal }) => new Promise((resolve, reject) => {
            signal.addEventListener('abort', () => ${settle});
            console.log('starting');
          }),
          stop: () => console.log('stop'),
        });`);
      await program.says('starting');
      program.kill('SIGTERM');
      expect(await program.ended).toMatchObject({ code: 0, stdout, stderr: '' });
    }
  });

  test('a stop that fails: told, exit code 1', async () => {
    const program = child(`
      await readyd.service({ start: () => { ${UP} }, stop: async () => { throw new Error('stuck'); } });`);
    await program.says('up');
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('stop failed: stuck');
  });

  test('a stop that hangs fails when its time is over', async () => {
    const program = child(`
      await readyd.service({ start: () => { ${UP} }, stopTimeout: 100, stop: () => new Promise(() => undefined) });`);
    await program.says('up');
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('stop() was not done within 100 ms');
  });

  const STUBBORN = (signal: string): string => `
      await readyd.service({
        start: () => { process.on('${signal}', () => undefined); ${UP} },
        stop: () => { console.log('stopping'); return new Promise((resolve) => setTimeout(resolve, 600)); },
      });
      console.log('stopped');`;

  test.each(['SIGTERM', 'SIGINT'] as const)('a second signal (%s) is logged, and stop() goes on', async (signal) => {
    const program = child(STUBBORN(signal));
    await program.says('up');
    program.kill('SIGTERM');
    await program.says('stopping');
    program.kill(signal);
    const end = await program.ended;
    expect(end).toMatchObject({ code: 0, stdout: 'up\nstopping\nstopped\n' });
    expect(end.stderr).toContain(`another ${signal}: the service stops already`);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('in a terminal it (%s) ends the service at once', async (signal) => {
    const program = onTerminal(STUBBORN(signal));
    await program.says('up');
    const pid = Number(/pid (\d+)/.exec(program.stdout)?.[1]);
    process.kill(pid, 'SIGTERM');
    await program.says('stopping');
    process.kill(pid, signal);
    const { stdout, stderr } = await program.ended;
    expect(stdout).toContain(`a second ${signal}: the service ends at once`);
    expect(stdout).not.toContain('stopped');
    expect(JSON.parse(stderr)).toMatchObject({ signal: constants.signals[signal] });
  });

  test('a program that raises SIGTERM again after its own clean-up is stopped as any other', async () => {
    const program = child(`
      process.on('SIGTERM', function own() {
        setTimeout(() => { process.off('SIGTERM', own); process.kill(process.pid, 'SIGTERM'); }, 50);
      });
      await readyd.service({
        start: () => { ${UP} },
        stop: () => new Promise((resolve) => setTimeout(() => resolve(console.log('database closed')), 400)),
      });`);
    await program.says('up');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'up\ndatabase closed\n' });
  });

  test('stopSignals and reloadSignal: those of the unit', async () => {
    const program = child(`
      await readyd.service({
        stopSignals: ['SIGQUIT', 'SIGUSR2'], reloadSignal: 'SIGWINCH',
        start: () => { ${UP} },
        reload: () => console.log('reloaded'),
        stop: () => console.log('stop'),
      });`);
    await program.says('up');
    program.kill('SIGWINCH');
    await program.says('reloaded');
    program.kill('SIGQUIT');
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'up\nreloaded\nstop\n' });
  });

  test('SIGINT that arrives twice in a moment, as from a terminal under npm, is one', async () => {
    const program = child(`
      await readyd.service({
        start: () => { ${UP} },
        stop: () => new Promise((resolve) => setTimeout(resolve, 300)),
      });
      process.exit();`);
    await program.says('up');
    program.kill('SIGINT');
    program.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 0, signal: null });
  });

  test('SIGHUP reloads; without reload(), it is the terminal that closes', async () => {
    const program = child(`
      let count = 0;
      await readyd.service({
        start: () => { ${UP} },
        reload: async () => {
          count += 1;
          if (count === 1) throw new Error('bad settings');
          console.log('reloaded');
        },
      });`);
    await program.says('up');
    program.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 200));
    program.kill('SIGHUP');
    await program.says('reloaded');
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).toContain('reload failed: bad settings');

    const other = child(`await readyd.service({ start: () => { ${UP} }, stop: () => process.exit(3) });`);
    await other.says('up');
    other.kill('SIGHUP');
    expect(await other.ended).toMatchObject({ code: 3 });
  });

  test('SIGHUP while it starts is a reload once it runs', async () => {
    const program = child(`
      await readyd.service({
        start: () => { console.log('starting'); return new Promise((resolve) => setTimeout(resolve, 300)); },
        reload: () => console.log('reload'),
        stop: () => console.log('stop'),
      });`);
    await program.says('starting');
    program.kill('SIGHUP');
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'starting\nreload\nstop\n' });
  });

  test.each([
    ['an exception', `setTimeout(() => { throw new Error('lost'); }, 10)`],
    ['a rejection', `setTimeout(() => { void Promise.reject(new Error('lost')); }, 10)`],
  ])('%s that nobody catches: told once, exit code 1', async (_what, fail) => {
    const program = child(`
      await readyd.service({ start: () => { ${UP} ${fail}; }, stop: () => console.log('stop') });`);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'up\n' });
    expect(stderr.match(/the service failed: lost/g)).toHaveLength(1);
  });

  test.each([
    ['an exception', `setTimeout(() => { throw new Error('lost'); }, 10)`],
    ['a rejection', `setTimeout(() => { void Promise.reject(new Error('lost')); }, 10)`],
  ])('%s: the program’s own listener may report it before the process ends', async (_what, fail) => {
    const program = child(`
      process.on('uncaughtException', async (error) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        console.log('reported', error.message);
        process.exit(3);
      });
      await readyd.service({ start: () => { ${UP} ${fail}; }, stop: () => console.log('stop') });`);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'up\nreported lost\n' });
    expect(stderr.match(/the service failed: lost/g)).toHaveLength(1);
  });

  test('such a listener while the service starts: nothing else goes on', async () => {
    const program = child(`
      process.on('uncaughtException', () => setTimeout(() => { console.log('reported'); process.exit(3); }, 300));
      setTimeout(() => { throw new Error('lost'); }, 10);
      await readyd.service({
        start: () => new Promise((resolve) => setTimeout(resolve, 100)),
        stop: () => console.log('stop'),
      });
      console.log('after');`);
    expect(await program.ended).toMatchObject({ code: 3, stdout: 'reported\n' });
  });

  test('crashTimeout: such a listener does not keep the process for ever', async () => {
    const program = child(`
      process.on('uncaughtException', () => undefined);
      await readyd.service({
        crashTimeout: 100,
        start: () => { ${UP} setTimeout(() => { throw new Error('lost'); }, 10); },
      });`);
    expect(await program.ended).toMatchObject({ code: 1, signal: null });
  });

  test('where the program handles rejections itself, none ends the service', async () => {
    const program = child(`
      process.on('unhandledRejection', (error) => console.log('handled', error.message));
      await readyd.service({ start: () => { ${UP} void Promise.reject(new Error('lost')); } });`);
    await program.says('handled lost');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('log: what the definition says of it', async () => {
    const program = child(`
      await readyd.service({
        log: { identifier: 'mine', fallback: 'json' },
        start: ({ log }) => { log.info('hello'); },
      });`);
    expect(JSON.parse((await program.ended).stderr)).toMatchObject({ SYSLOG_IDENTIFIER: 'mine' });
  });

  test('sockets: claimed when asked for', async () => {
    const malformed = { LISTEN_PID: 'x', LISTEN_FDS: '1' };
    const without = child('await readyd.service({ start: () => undefined });', malformed);
    expect(await without.ended).toMatchObject({ code: 0 });
    const asking = child('await readyd.service({ start: ({ sockets }) => sockets.length });', malformed);
    expect((await asking.ended).stderr).toContain('$LISTEN_PID is "x"');
  });

  test('there is one in a process, and after its end another', async () => {
    const program = child(`
      const first = readyd.service({ start: () => undefined });
      await readyd.service({ start: () => undefined }).catch((error) => console.log(error.code));
      await first;
      await readyd.service({ start: () => console.log('another') });`);
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'SD_ERR_STATE\nanother\n' });
  });

  test('a worker thread cannot be one', async () => {
    const script = `
      import(${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))}).then(({ service }) =>
        service({ start: () => undefined })).catch((error) => require('node:worker_threads').parentPort.postMessage(error.code));`;
    const worker = new Worker(script, { eval: true });
    expect(await new Promise((resolve) => worker.once('message', resolve))).toBe('SD_ERR_STATE');
    await worker.terminate();
  });
});

describe.concurrent('a service under a manager', () => {
  /** The messages that the manager received, without those that only ask for time. */
  const said = (messages: readonly string[]): string[] => messages.filter((text) => !text.startsWith('EXTEND_'));

  test('says the whole life, in order', async () => {
    await using manager = createReceiver();
    const program = child(
      `
      let count = 0;
      await readyd.service({
        start: ({ status }) => { status('warming up'); console.log('up'); },
        status: () => 'count ' + count,
        statusInterval: 20,
        keepAlive: true,
        reload: () => { count += 1; },
        stop: (_, { status }) => status('closing'),
      });`,
      { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '60000000' },
    );
    await program.says('up');
    await expect.poll(() => manager.messages).toContain('WATCHDOG=1');
    program.kill('SIGHUP');
    await expect.poll(() => manager.messages).toContain('STATUS=count 1');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(manager.messages[0]).toBe('EXTEND_TIMEOUT_USEC=5000000');
    expect(said(manager.messages).map((text) => text.replace(/MONOTONIC_USEC=\d+/, 'MONOTONIC_USEC=…'))).toEqual([
      'STATUS=warming up',
      'READY=1\nSTATUS=count 0',
      'WATCHDOG=1',
      'RELOADING=1\nMONOTONIC_USEC=…',
      'READY=1',
      'STATUS=count 1',
      'STOPPING=1\nSTATUS=stopping',
      'STATUS=closing',
      'BARRIER=1',
    ]);
  });

  test('ends when Node has nothing left to do: a job of Type=oneshot with NotifyAccess=', async () => {
    await using manager = createReceiver();
    const program = child('await readyd.service({ start: () => console.log("done") });', {
      NOTIFY_SOCKET: manager.path,
    });
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(said(manager.messages)).toEqual(['READY=1', 'STOPPING=1\nSTATUS=stopping', 'BARRIER=1']);
  });

  test('keepAlive: stays although nothing keeps it alive', async () => {
    await using manager = createReceiver();
    const program = child('await readyd.service({ keepAlive: true, start: () => console.log("up") });', {
      NOTIFY_SOCKET: manager.path,
    });
    await program.says('up');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(said(manager.messages)).toEqual(['READY=1']);
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, signal: null });
  });

  test('the default status says where it listens, only if the program sets none', async () => {
    const serve = `import { createServer } from 'node:net';
      const start = async () => { await readyd.listen(createServer(), { fallback: { port: 0, host: '127.0.0.1' } }); console.log('up'); };`;
    for (const [more, status] of [
      ['', /^READY=1\nSTATUS=listens on 127\.0\.0\.1:\d+$/],
      [", status: () => 'mine'", /^READY=1\nSTATUS=mine$/],
    ] as const) {
      await using manager = createReceiver();
      const program = child(`${serve} await readyd.service({ start ${more} });`, { NOTIFY_SOCKET: manager.path });
      await program.says('up');
      const said = (): string | undefined => manager.messages.findLast((text) => text.startsWith('READY'));
      await expect.poll(said).toMatch(status);
      program.kill('SIGTERM');
      await program.ended;
    }
  });

  test('without the addon it fails at once, and says why once', async () => {
    await using manager = createReceiver();
    const copy = mkdtempSync(join(tmpdir(), 'readyd-no-addon-'));
    cpSync(join(import.meta.dirname, '../../dist'), join(copy, 'dist'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(copy, 'program.js'),
      `import { service } from './dist/index.js';
       setInterval(() => undefined, 1e6);
       await service({ start: () => console.log('start') });
       console.log('after');`,
    );
    const { code, stdout, stderr } = await run(process.execPath, [join(copy, 'program.js')], {
      NOTIFY_SOCKET: manager.path,
    }).ended;
    rmSync(copy, { recursive: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'after\n' });
    expect(stderr.match(/the service cannot start/g)).toHaveLength(1);
    expect(stderr).toContain('readyd.node');
  });

  test('a manager that leaves after READY does not end it: a stop runs to its end', async () => {
    const manager = createReceiver();
    const program = child(
      `await readyd.service({
        start: () => { ${UP} }, statusInterval: 20, status: () => String(Date.now()),
        stop: () => new Promise((resolve) => setTimeout(() => resolve(console.log('drained')), 200)),
      });`,
      { NOTIFY_SOCKET: manager.path },
    );
    await program.says('up');
    const isReady = (): boolean => manager.messages.some((text) => text.startsWith('READY'));
    await expect.poll(isReady).toBe(true);
    await manager[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 100));
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'up\ndrained\n' });
    expect(stderr.match(/the service manager has left/g)).toHaveLength(1);
  });

  test('extends the deadline as long as start() works, and not beyond startTimeout and the time to tell', async () => {
    await using manager = createReceiver();
    const program = child('await readyd.service({ startTimeout: 1500, start: () => new Promise(() => undefined) });', {
      NOTIFY_SOCKET: manager.path,
    });
    expect(await program.ended).toMatchObject({ code: 1 });
    const extended = manager.messages.filter((text) => text.startsWith('EXTEND_'));
    expect(extended.length).toBeGreaterThan(1);
    const usec = extended.map((text) => Number(text.replace('EXTEND_TIMEOUT_USEC=', '')));
    expect(Math.max(...usec)).toBeLessThanOrEqual(4_500_000);
    expect(said(manager.messages)).toEqual(['STATUS=start failed: start() was not done within 1500 ms', 'BARRIER=1']);
  });

  test('a status that throws, or is no string, is logged once and harms nothing else', async () => {
    await using manager = createReceiver();
    const program = child(
      `
      let count = 0;
      await readyd.service({
        start: () => { setTimeout(() => console.log('up'), 300); },
        status: () => {
          count += 1;
          if (count % 3 === 0) throw new Error('no status');
          return count % 3 === 1 ? 5 : Promise.reject(new Error('async'));
        },
        statusInterval: 10,
      });`,
      { NOTIFY_SOCKET: manager.path },
    );
    await program.says('up');
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr.match(/no status\n/g)?.length).toBeLessThanOrEqual(2);
    expect(stderr).toContain('status() must return a string, not 5');
    expect(said(manager.messages)).toEqual(['READY=1', 'STOPPING=1\nSTATUS=stopping', 'BARRIER=1']);
  });

  test('many a status in a row: the first and the last are sent', async () => {
    await using manager = createReceiver();
    const program = child(
      `
      await readyd.service({
        start: async ({ status }) => {
          for (let count = 0; count < 1000; count++) status('at ' + count);
          status('at 999');
          await new Promise((resolve) => setTimeout(resolve, 300));
          console.log('up');
        },
      });`,
      { NOTIFY_SOCKET: manager.path },
    );
    await program.says('up');
    program.kill('SIGTERM');
    await program.ended;
    expect(said(manager.messages).slice(0, 3)).toEqual(['STATUS=at 0', 'STATUS=at 999', 'READY=1']);
  });

  test('an uncaught error: STATUS, ERRNO and STOPPING in one message', async () => {
    await using manager = createReceiver();
    const program = child(
      `
      await readyd.service({
        start: () => { setTimeout(() => { throw Object.assign(new Error('lost'), { errno: -32 }); }, 50); },
      });`,
      { NOTIFY_SOCKET: manager.path },
    );
    expect(await program.ended).toMatchObject({ code: 1 });
    expect(said(manager.messages).at(-1)).toBe('STOPPING=1\nERRNO=32\nSTATUS=the service failed: lost');
  });

  test('a manager that is gone does not end the service; the log reports it once', async () => {
    const program = child(
      `await readyd.service({ start: () => { ${UP} }, status: () => String(Math.random()), statusInterval: 10 });`,
      { NOTIFY_SOCKET: '/nowhere/notify' },
    );
    await program.says('up');
    await new Promise((resolve) => setTimeout(resolve, 300));
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr.match(/ ERROR .*cannot tell the service manager: cannot reach/g)).toHaveLength(1);
  });

  test('watchdog: false sends no ping', async () => {
    await using manager = createReceiver();
    const program = child(`await readyd.service({ watchdog: false, start: () => { ${UP} } });`, {
      NOTIFY_SOCKET: manager.path,
      WATCHDOG_USEC: '100000',
    });
    await program.says('up');
    await new Promise((resolve) => setTimeout(resolve, 300));
    program.kill('SIGTERM');
    await program.ended;
    expect(manager.messages).not.toContain('WATCHDOG=1');
  });
});
