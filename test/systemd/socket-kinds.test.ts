import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import { describeOnSystemd } from './on-systemd.ts';

const fixture = (name: string) => join(packageRoot(), 'test/systemd/fixtures', name);
const socket = (listen: string, name: string) =>
  `[Socket]\n${listen}\nFileDescriptorName=${name}\nService=kinds.service\n`;

const SOCKETS = {
  'kinds-tcp.socket': socket('ListenStream=127.0.0.1:8082', 'tcp'),
  'kinds-six.socket': socket('ListenStream=[::1]:8082', 'six'),
  'kinds-udp.socket': socket('ListenDatagram=127.0.0.1:8082', 'udp'),
  'kinds-abstract.socket': socket('ListenStream=@readyd-kinds', 'abstract'),
  'kinds-datagram.socket': socket('ListenDatagram=/run/kinds.datagram', 'datagram'),
  'kinds-seqpacket.socket': socket('ListenSequentialPacket=/run/kinds.seqpacket', 'seqpacket'),
  'kinds-fifo.socket': socket('ListenFIFO=/run/kinds.fifo', 'fifo'),
  'kinds-netlink.socket': socket('ListenNetlink=route 1', 'netlink'),
  'kinds-queue.socket': socket('ListenMessageQueue=/kinds', 'queue'),
};

const KINDS = [
  'abstract unix-stream listening @readyd-kinds',
  'datagram unix-datagram /run/kinds.datagram',
  'fifo fifo /run/kinds.fifo',
  'netlink netlink',
  'queue message-queue /kinds',
  'seqpacket unix-seqpacket listening /run/kinds.seqpacket',
  'six tcp listening ::1:8082',
  'tcp tcp listening 127.0.0.1:8082',
  'udp udp 127.0.0.1:8082',
];

const DATAGRAM = `
const client = dgram.createSocket('udp4');
client.on('message', (message) => { console.log(String(message)); client.close(); });
client.send('hello', 8082, '127.0.0.1');`;

const CONNECTIONS = `
const answers = [];
const count = Number(process.argv[2]);
for (let i = 0; i < count; i++) {
  const client = net.connect(JSON.parse(process.argv[1]));
  client.on('connect', () => client.write('hello ' + i));
  client.on('data', (data) => { answers.push(String(data)); if (answers.length === count) console.log(JSON.stringify(answers)); });
}`;

const accept = (listen: string, service = '') => ({
  'accept.socket': `[Socket]\nListenStream=${listen}\nAccept=yes\nMaxConnections=64\nMaxConnectionsPerSource=64\nTriggerLimitIntervalSec=0\n`,
  'accept@.service': `[Service]\nExecStart=${process.execPath} ${fixture('connection.js')}\n${service}\n`,
});

const TCP = { host: '127.0.0.1', port: 8083 };
const UNIX = { path: '/run/accept.sock' };
const STDIN = 'StandardInput=socket\nStandardOutput=journal';

describeOnSystemd(['host', 'trixie', 'sid'], 'what a unit can pass', (machine) => {
  test('has a name, a kind and an address, and Node serves those that it can', async () => {
    await machine().install({
      ...SOCKETS,
      'kinds.service': `[Unit]
Requires=${Object.keys(SOCKETS).join(' ')}
[Service]
Type=notify
TimeoutStopSec=10
ExecStart=${process.execPath} ${fixture('kinds.js')}
`,
    });
    await machine().systemctl('start', ...Object.keys(SOCKETS), 'kinds.service');
    expect(JSON.parse(await machine().show('kinds.service', 'StatusText'))).toEqual({
      facts: KINDS,
      refusals: Array.from({ length: 5 }, () => 'SD_ERR_FD_MISMATCH'),
    });
    const { stdout } = await machine().exec(process.execPath, ['-e', DATAGRAM], { check: true });
    expect(stdout).toBe('udp hello\n');
    const stream = "net.connect(8082, '127.0.0.1').pipe(process.stdout)";
    expect((await machine().exec(process.execPath, ['-e', stream], { check: true })).stdout).toBe('tcp');
    await machine().exec('sh', ['-c', 'echo hello >/run/kinds.fifo'], { check: true });
    await machine().waitForProperty('kinds.service', 'StatusText', 'fifo hello');
    await machine().systemctl('stop', ...Object.keys(SOCKETS), 'kinds.service');
    // A thread of the pool that waits for a FIFO prevents the exit of the process.
    expect(await machine().show('kinds.service', 'Result')).toBe('success');
  });

  test.each<[number, string, string, object, string]>([
    [50, 'TCP', '127.0.0.1:8083', TCP, ''],
    [3, 'unix', '/run/accept.sock', UNIX, ''],
    [3, 'TCP on standard input', '127.0.0.1:8083', TCP, STDIN],
    [3, 'unix on standard input', '/run/accept.sock', UNIX, STDIN],
  ])('Accept=yes serves %d connections at once over %s', async (count, _, listen, where, service) => {
    await machine().install(accept(listen, service));
    await machine().systemctl('restart', 'accept.socket');
    const { stdout } = await machine().exec(
      process.execPath,
      ['-e', CONNECTIONS, JSON.stringify(where), String(count)],
      {
        check: true,
      },
    );
    const expected = Array.from({ length: count }, (__, index) => `true hello ${index}`);
    expect((JSON.parse(stdout) as string[]).toSorted()).toEqual(expected.toSorted());
    await machine().systemctl('stop', 'accept.socket');
  });
});
