// Scenarios about the sockets that a service gets and the entries that the journal accepts from it: sd_listen_fds(3),
// systemd.socket(5), systemd-journald.socket(8)
import type { Scenario } from './scenario.ts';

const START = ['start', true] as const;
const SOCKETS = { sockets: { web: 'stream', dns: 'datagram' } } as const;
const PASSED = "[process.env.LISTEN_FDNAMES.split(':').sort(), blocks(3), blocks(4)].join(' ')";
const NOBODY = 65_534;
const MIB = 1024 * 1024;

const PASSING: readonly Scenario[] = [
  {
    name: 'sockets are passed as ones to wait in',
    program: `say('READY=1\\nSTATUS=' + ${PASSED}); stay();`,
    ...SOCKETS,
    steps: [START],
    seen: { status: 'dns,web true true' },
  },
  {
    name: 'NonBlocking',
    program: `say('READY=1\\nSTATUS=' + ${PASSED}); stay();`,
    ...SOCKETS,
    unit: { nonBlocking: true },
    steps: [START],
    seen: { status: 'dns,web false false' },
  },
  {
    name: 'the run before has made its sockets another kind',
    program: `import { createServer } from 'node:net';
      const before = blocks(3); createServer().listen({ fd: 3 }, () => say('READY=1\\nSTATUS=' + [before, blocks(3)].join(' ')));`,
    sockets: { web: 'stream' },
    steps: [START, ['until', { status: 'true false' }], ['restart', true]],
    seen: { status: 'true false' },
  },
  {
    name: 'what is stored stays as it is, behind the sockets',
    program: `const { LISTEN_FDS, LISTEN_FDNAMES } = process.env;
      say('READY=1\\nSTATUS=' + [LISTEN_FDNAMES, LISTEN_FDS > 1 && blocks(4)].join(' '));
      if (LISTEN_FDS === '1') say('FDSTORE=1\\nFDPOLL=0\\nFDNAME=pipe', [pipe()[0]]); stay();`,
    sockets: { web: 'stream' },
    unit: { fdStore: 4 },
    steps: [START, ['until', { stored: 1 }], ['restart', true]],
    seen: { stored: 1, status: 'web:pipe false' },
  },
  {
    name: 'LISTEN_PIDFDID',
    program: "say('READY=1\\nSTATUS=' + (process.env.LISTEN_PIDFDID === pidfdId())); stay();",
    sockets: { web: 'stream' },
    steps: [START],
    seen: { status: 'true' },
    since: 259,
  },
  {
    name: 'no socket, and nothing about any',
    program: "say('READY=1\\nSTATUS=' + Object.keys(process.env).filter((name) => /^LISTEN_/.test(name))); stay();",
    steps: [START],
    seen: { status: '' },
  },
];

/** A service that writes this to the journal, and then a message `end`. */
function writes(name: string, program: string, journal: string, more: Partial<Scenario> = {}): Scenario {
  return {
    name: `the journal: ${name}`,
    program: `say('READY=1'); ${program}; send('MESSAGE=end\\n'); stay();`,
    steps: [START],
    seen: { journal: `${journal} end`.trim() },
    ...more,
  };
}

/** A file with an entry in it, opened for reading and with these flags. */
function file(path: string, flags = '0'): string {
  return `const path = ${path}; fs.writeFileSync(path, 'MESSAGE=file\\n'); const fd = fs.openSync(path, ${flags});`;
}

const TMP = "'/tmp/readyd-agreement-' + process.pid";
const GONE = 'send("", [fd]); fs.rmSync(path)';

const JOURNAL: readonly Scenario[] = [
  writes('a payload', "send('MESSAGE=text\\n')", 'text'),
  writes('an empty payload', "send('')", ''),
  writes('a sealed file', "send('', [memfd('MESSAGE=sealed\\n')])", 'sealed'),
  writes('a sealed file of nothing', "send('', [memfd('')])", ''),
  writes('a file and a payload', "send('MESSAGE=text\\n', [memfd('MESSAGE=sealed\\n')])", ''),
  writes('two files', "send('', [memfd('MESSAGE=a\\n'), memfd('MESSAGE=b\\n')])", ''),
  writes('a descriptor that is no file', "send('', [pipe()[0]])", ''),
  writes('a sealed file, not of root', `become(${NOBODY}); send('', [memfd('MESSAGE=sealed\\n')])`, 'sealed'),
  writes('a file in /tmp, not of root', `${file(TMP)} fs.rmSync(path); become(${NOBODY}); send('', [fd])`, 'file'),
  writes(
    'a file below /tmp, not of root',
    `fs.mkdirSync(${TMP}); ${file(`${TMP} + '/file'`)} fs.rmSync(path);
    fs.rmdirSync(${TMP}); become(${NOBODY}); send('', [fd])`,
    '',
  ),
  writes(
    'a file elsewhere, not of root',
    `${file("'/var/lib/readyd-agreement-' + process.pid")} fs.rmSync(path);
    become(${NOBODY}); send('', [fd])`,
    '',
    { root: true },
  ),
  writes('a file elsewhere, of root', `${file("DIRECTORY + '/file'")} ${GONE}`, 'file', { root: true }),
  writes('a file to append to', `${file(TMP, "'a+'")} ${GONE}`, ''),
  writes('a file that is not waited for', `${file(TMP, 'fs.constants.O_NONBLOCK')} ${GONE}`, ''),
  writes('a file that is no link', `${file(TMP, 'fs.constants.O_NOFOLLOW')} ${GONE}`, 'file'),
  writes('a file to write to only', `${file(TMP, 'fs.constants.O_WRONLY')} ${GONE}`, ''),
  writes(
    'a sealed file of 31 MiB, not of root',
    `become(${NOBODY}); send('', [memfd('MESSAGE=large\\nX=' + 'x'.repeat(${31 * MIB}) + '\\n')])`,
    'large',
  ),
  writes(
    'a sealed file of 33 MiB, not of root',
    `become(${NOBODY}); send('', [memfd('MESSAGE=large\\nX=' + 'x'.repeat(${33 * MIB}) + '\\n')])`,
    '',
    { since: 262 },
  ),
  writes(
    'a file of 17 MiB in /tmp, not of root',
    `${file(TMP)} fs.appendFileSync(path, 'X=' + 'x'.repeat(${17 * MIB}) + '\\n'); fs.rmSync(path);
      become(${NOBODY}); send('', [fd])`,
    '',
    { since: 262 },
  ),
];

export const INPUTS: readonly Scenario[] = [...PASSING, ...JOURNAL];
