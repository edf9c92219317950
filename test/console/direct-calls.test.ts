// A program that calls console often: its calls pass neither through the stream nor through the inspector, unless somebody
// could tell the difference.
import { expect, it, test } from 'vitest';
import { PACKAGE, run, type Seen } from './captured.ts';

const WARM_UP = `for (let index = 0; index < 110; index += 1) console.log('warm', index);`;
/** Node adds a listener of `error` to the stream for each call that passes through it. */
const COUNT = `
  let passed = 0;
  for (const stream of [process.stdout, process.stderr]) stream.on('newListener', (name) => void (passed += name === 'error'));`;
const CALLS = `console.log('one', { a: 1 }); console.error('two\\r'); console.info('%s%%', 3); console.debug(); console.warn('w\\n');`;
const ENTRIES = [
  ['info', 'one { a: 1 }'],
  ['error', 'two'],
  ['info', '3%'],
  ['warning', 'w\n'],
];

/** What follows the first calls, and how many calls passed through a stream meanwhile. */
function after(script: string, options: readonly string[] = []): { entries: Seen['entries']; passed: number } {
  const { entries, stdout } = run(
    `${WARM_UP}${COUNT}entries.length = 0;${script};entries.push(['passed', String(passed)]);`,
    options,
  );
  expect(stdout).toBe('');
  return { entries: entries.slice(0, -1), passed: Number(entries.at(-1)?.[1]) };
}

it('has the entries of a call through the stream, and none passes through it', () => {
  expect(run(`${COUNT}${CALLS}`).entries).toEqual(ENTRIES);
  expect(after(CALLS)).toEqual({ entries: ENTRIES, passed: 0 });
});

it('keeps the order with the streams and the descriptors, and ends a line that was begun', () => {
  const { entries } = after(
    `process.stdout.write('a\\nb'); console.log('c'); fs.writeSync(1, 'd\\n'); console.log('e');`,
  );
  expect(entries.map(([, message]) => message)).toEqual(['a', 'bc', 'd', 'e']);
});

it('has the error among the arguments as fields, also of one that fails while it is printed', () => {
  const { entries } = after(`
    console.error('no answer:', new TypeError('x'));
    try { console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { console.log('inner'); throw new Error('bad'); } }); }
    catch (error) { console.log(error.message); }`);
  expect(entries[0]).toEqual([
    'error',
    expect.stringMatching(/^no answer: TypeError: x\n {4}at /),
    { error: 'TypeError' },
  ]);
  expect(entries.slice(1)).toEqual([
    ['info', 'inner'],
    ['info', 'bad'],
  ]);
});

test.each([
  ['a group indents it', `console.group();${CALLS}`],
  [
    'the program replaces write()',
    `for (const one of [process.stdout, process.stderr]) { const { write } = one; one.write = function (...args) { return write.apply(this, args); }; } ${CALLS}`,
  ],
  [
    'a session of the inspector may hear it',
    `const { Session } = await import('node:inspector'); const session = new Session(); session.connect(); ${CALLS}`,
  ],
  [
    'a debugger may hear it',
    `const inspector = await import('node:inspector'); inspector.open(0); ${CALLS} inspector.close();`,
  ],
])('passes through the stream where %s', (_, script) => {
  const { entries, passed } = after(script);
  expect(entries.map(([, message]) => message.trim())).toEqual(ENTRIES.map(([, message = '']) => message.trim()));
  expect(passed).toBe(5);
});

it('passes through the stream in a worker thread', () => {
  const { entries } = run(`
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(\`
      import { captureConsole } from ${PACKAGE.replaceAll("'", '"')};
      import { parentPort } from 'node:worker_threads';
      const messages = [];
      captureConsole({ log: (level, message) => messages.push(message), flush: async () => undefined });
      ${WARM_UP}
      let passed = 0;
      process.stdout.on('newListener', (name) => void (passed += name === 'error'));
      console.log('x');
      parentPort.postMessage([messages.length, messages.at(-1), passed]);
    \`, { eval: true });
    worker.on('message', (heard) => log.log('heard', heard.join()));`);
  expect(entries).toEqual([['heard', '111,x,1']]);
});

it('leaves a stream that has ended to Node', () => {
  const { entries, passed } = after(`process.stdout.end(); console.log('lost');`);
  expect({ entries, passed }).toEqual({ entries: [], passed: 1 });
});

it('lets pass what is too large, and reads it once', () => {
  const { entries, stdout } = run(`${WARM_UP} entries.length = 0;
    let read = 0;
    console.log({ [Symbol.for('nodejs.util.inspect.custom')]: () => { read += 1; return 'x'.repeat(9e6); } });
    log.log('read', String(read));`);
  expect(entries).toEqual([['read', '1']]);
  expect(stdout).toBe(`${'x'.repeat(9e6)}\n`);
});

it('goes to the stream that the program has put in its place', () => {
  const { entries } = after(`
    const { Writable } = await import('node:stream');
    const heard = [];
    console._stdout = new Writable({ write: (chunk, _, done) => { heard.push(String(chunk)); done(); } });
    console.log('elsewhere');
    log.log('heard', heard.join());`);
  expect(entries).toEqual([['heard', 'elsewhere\n']]);
});

it('passes through Node from the start where a debugger waits, or a session was there before', () => {
  expect(after(CALLS, ['--inspect=0'])).toEqual({ entries: ENTRIES, passed: 5 });
  const session = `
    import { Session } from 'node:inspector';
    const session = new Session();
    let heard = 0;
    session.connect();
    session.on('Runtime.consoleAPICalled', () => void (heard += 1));
    session.post('Runtime.enable');
    ${WARM_UP} log.log('heard', String(heard));`;
  expect(run(session).entries.at(-1)).toEqual(['heard', '110']);
});

it('is heard by the channels of Node that publish it', () => {
  const { entries } = after(`
    const { channel } = await import('node:diagnostics_channel');
    let heard = 0;
    channel('console.log').subscribe(() => void (heard += 1));
    console.log('x');
    log.log('passed', String(passed), { heard });`);
  expect(entries).toEqual([
    ['info', 'x'],
    ['passed', '1', { heard: expect.any(Number) }],
  ]);
});

it('leaves nothing behind', () => {
  const { entries } = run(`
    ${WARM_UP}
    const { Session } = await import('node:inspector');
    const hooked = Session.prototype.connect;
    capture[Symbol.dispose]();
    log.log('restored', String(Session.prototype.connect !== hooked));
    console.log('not recorded');`);
  expect(entries.slice(110)).toEqual([['restored', 'true']]);
});
