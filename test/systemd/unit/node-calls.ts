// Calls of Node programs inside the unit that readyd unit writes: those that work there, and those that fail, with the error.

/** What runs, `ok` or the code of its error, and the words of docs/unit-files.md for what is kept away. */
export const CALLS: Readonly<Record<string, readonly [code: string, expected: string, words?: string]>> = {
  // All of these work.
  'os.networkInterfaces': [`if (!os.networkInterfaces().lo) throw new Error('no lo');`, 'ok'],
  'os.cpus': [`if (os.cpus().length === 0) throw new Error('none');`, 'ok'],
  'os.availableParallelism': [`os.availableParallelism();`, 'ok'],
  'os.userInfo': [`os.userInfo();`, 'ok'],
  'os.hostname': [`os.hostname(); os.uptime(); os.loadavg(); os.totalmem(); os.freemem(); os.version();`, 'ok'],
  'os.tmpdir': [`fs.writeFileSync(os.tmpdir() + '/x', 'x'); fs.rmSync(os.tmpdir() + '/x');`, 'ok'],
  'os.getPriority': [`os.getPriority();`, 'ok'],
  'dns.lookup': [`await dns.promises.lookup('localhost');`, 'ok'],
  'dns.getServers': [`dns.getServers(); new dns.Resolver();`, 'ok'],
  'dgram, IPv4': [`await bound(dgram.createSocket('udp4'), '127.0.0.1');`, 'ok'],
  'dgram, multicast': [
    `const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
     await new Promise((resolve, reject) => socket.once('error', reject).bind(0, resolve));
     socket.addMembership('224.0.0.251', '127.0.0.1'); socket.setMulticastTTL(1); socket.setMulticastLoopback(true);
     socket.setBroadcast(true); socket.close();`,
    'ok',
  ],
  'net, TCP': [`await listened(net.createServer(), 0, '127.0.0.1');`, 'ok'],
  'net, IPv6': [`await listened(net.createServer(), 0, '::1');`, 'ok'],
  'net, unix socket in a folder of its own': [
    `await listened(net.createServer(), process.env.STATE_DIRECTORY + '/s');`,
    'ok',
  ],
  'net, unix socket in os.tmpdir()': [`await listened(net.createServer(), os.tmpdir() + '/s');`, 'ok'],
  'net, abstract unix socket': [`await listened(net.createServer(), '\\0readyd-calls');`, 'ok'],
  http2: [
    `const server = http2.createServer().on('stream', (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
     await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
     const client = http2.connect('http://127.0.0.1:' + server.address().port);
     await new Promise((resolve, reject) => client.request({ ':path': '/' }).on('response', resolve).on('error', reject).end());
     client.destroy(); server.close();`,
    'ok',
  ],
  'child_process.execFile': [`await promisify(child_process.execFile)('/bin/true');`, 'ok'],
  'child_process.exec': [`await promisify(child_process.exec)('exit 0');`, 'ok'],
  'child_process.fork': [
    `const child = child_process.fork(self, ['child'], { execArgv: [] });
     await new Promise((resolve, reject) => child.once('exit', (code) => code === 0 ? resolve() : reject(new Error('exit ' + code))));`,
    'ok',
  ],
  'process.kill of a child': [
    `const child = child_process.spawn('/bin/sleep', ['100']); child.kill('SIGKILL');
     await new Promise((resolve) => child.once('exit', resolve));`,
    'ok',
  ],
  worker_threads: [
    `await new Promise((resolve, reject) => new worker_threads.Worker('1', { eval: true }).once('exit', resolve).once('error', reject));`,
    'ok',
  ],
  cluster: [
    `cluster.setupPrimary({ exec: self, args: ['child'] });
     await new Promise((resolve) => cluster.fork().once('exit', resolve));`,
    'ok',
  ],
  WebAssembly: [
    `await WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); new WebAssembly.Memory({ initial: 1, maximum: 10 });`,
    'ok',
  ],
  'eval, new Function, vm': [
    `if (new Function('return 7')() !== 7 || vm.runInNewContext('7') !== 7) throw new Error('no');`,
    'ok',
  ],
  'a hot function': [`let sum = 0; for (let i = 0; i < 1e7; i += 1) sum += Math.imul(i, 3);`, 'ok'],
  SharedArrayBuffer: [`Atomics.store(new Int32Array(new SharedArrayBuffer(8)), 0, 1);`, 'ok'],
  'crypto.randomBytes': [`crypto.randomBytes(16); crypto.randomUUID();`, 'ok'],
  'crypto.scrypt': [`await promisify(crypto.scrypt)('a', 'b', 16);`, 'ok'],
  'crypto.generateKeyPair': [`await promisify(crypto.generateKeyPair)('ec', { namedCurve: 'P-256' });`, 'ok'],
  'tls.createSecureContext': [`tls.createSecureContext();`, 'ok'],
  'zlib.gzip': [`await promisify(zlib.gzip)('x');`, 'ok'],
  'inspector.open': [`inspector.open(0, '127.0.0.1'); inspector.close();`, 'ok'],
  'inspector.Session': [`const session = new inspector.Session(); session.connect(); session.disconnect();`, 'ok'],
  'v8.writeHeapSnapshot': [`v8.writeHeapSnapshot(process.env.STATE_DIRECTORY + '/h'); v8.getHeapStatistics();`, 'ok'],
  'perf_hooks.monitorEventLoopDelay': [
    `const delay = perf_hooks.monitorEventLoopDelay(); delay.enable(); delay.disable();`,
    'ok',
  ],
  'process.memoryUsage, resourceUsage, cpuUsage': [
    `process.memoryUsage(); process.resourceUsage(); process.cpuUsage();`,
    'ok',
  ],
  'process.title': [`process.title = 'calls';`, 'ok'],
  'process.umask': [`process.umask(0o22);`, 'ok'],
  'process.report': [`process.report.getReport();`, 'ok'],
  'process.on, all signals': [
    `for (const name of ['SIGHUP', 'SIGUSR2', 'SIGWINCH']) process.once(name, () => {});`,
    'ok',
  ],
  Intl: [`new Intl.DateTimeFormat('de', { timeZone: 'Asia/Tokyo' }).format(0);`, 'ok'],
  'fs.watch': [
    `const folder = process.env.STATE_DIRECTORY;
     await new Promise((resolve) => { const watcher = fs.watch(folder, () => { watcher.close(); resolve(); }); fs.writeFileSync(folder + '/w', 'x'); });`,
    'ok',
  ],
  'fs.watchFile': [`fs.watchFile(self, () => {}); fs.unwatchFile(self);`, 'ok'],
  'fs in a folder of its own': [
    `const path = process.env.STATE_DIRECTORY + '/f';
     fs.writeFileSync(path, 'x'); fs.appendFileSync(path, 'y'); fs.chmodSync(path, 0o600); fs.utimesSync(path, 1, 1); fs.renameSync(path, path + '2');
     fs.copyFileSync(path + '2', path); fs.symlinkSync(path, path + '3'); fs.linkSync(path, path + '4'); fs.truncateSync(path, 0);
     fs.statfsSync(path); await (await fs.promises.open(path)).datasync().catch(() => {}); fs.rmSync(path);`,
    'ok',
  ],
  'fs.mkdtemp': [`fs.rmdirSync(fs.mkdtempSync(os.tmpdir() + '/d'));`, 'ok'],
  'fs.readFile of /proc/self': [
    `fs.readFileSync('/proc/self/status'); fs.readFileSync('/proc/meminfo'); fs.readFileSync('/proc/cpuinfo');`,
    'ok',
  ],
  'fs.readFile of /etc': [`fs.readFileSync('/etc/hosts'); fs.readFileSync('/etc/passwd');`, 'ok'],
  'fs.readFile of /sys': [`fs.readdirSync('/sys/class/net');`, 'ok'],
  'fs of /dev/null, /dev/urandom': [
    `fs.writeFileSync('/dev/null', 'x'); fs.readSync(fs.openSync('/dev/urandom'), Buffer.alloc(8));`,
    'ok',
  ],
  'fs in /dev/shm': [`fs.writeFileSync('/dev/shm/x', 'x'); fs.rmSync('/dev/shm/x');`, 'ok'],
  'fetch of itself': [
    `const server = http.createServer((_, response) => response.end('ok'));
     await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
     if (await (await fetch('http://127.0.0.1:' + server.address().port)).text() !== 'ok') throw new Error('no');
     server.closeAllConnections(); server.close();`,
    'ok',
  ],
  // These are kept away: docs/unit-files.md has a row for each.
  'fs.chown to another user': [
    `const path = process.env.STATE_DIRECTORY + '/o'; fs.writeFileSync(path, ''); fs.chownSync(path, 1, 1);`,
    'EPERM',
    'change the owner of a file',
  ],
  'fs.writeFile elsewhere': [`fs.writeFileSync('/var/lib/elsewhere', 'x');`, 'EROFS', 'write outside its folders'],
  'fs.writeFile beside the program': [`fs.writeFileSync(self + '.log', 'x');`, 'EROFS', 'also beside the program'],
  'fs.readdir of a home': [
    `if (fs.readdirSync('/root').length === 0) throw Object.assign(new Error('empty'), { code: 'EMPTY' });`,
    'EACCES',
    'read a home folder',
  ],
  'process.setuid': [`process.setuid(1);`, 'EPERM', 'change its user'],
  'process.kill of another service': [`process.kill(1, 0);`, 'EPERM', 'send a signal to another service'],
  'os.setPriority, higher': [`os.setPriority(-5);`, 'EACCES', 'raise its priority'],
  'net, a port below 1024': [
    `await listened(net.createServer(), 79, '127.0.0.1');`,
    'EACCES',
    'bind a port below 1024',
  ],
  'fs.readdir of the processes of others': [
    `if (!fs.existsSync('/proc/1/status')) throw Object.assign(new Error('hidden'), { code: 'ENOENT' });`,
    'ENOENT',
    'look at other processes',
  ],
  'fs of a device': [`fs.openSync('/dev/mem');`, 'ENOENT', 'open a device'],
};

const MODULES = [
  'child_process cluster crypto dgram dns fs http http2 inspector net os perf_hooks tls v8 vm worker_threads zlib',
].flatMap((names) => names.split(' '));

/** Runs each call alone, one after the other, and returns the results. */
export const CALLS_PROGRAM = `${MODULES.map((name) => `import ${name} from 'node:${name}';`).join('\n')}
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { listen, ready } from 'readyd';
const self = fileURLToPath(import.meta.url);
const listened = (server, ...at) => new Promise((resolve, reject) =>
  server.once('error', reject).listen(...at, () => server.close(resolve)));
const bound = (socket, address) => new Promise((resolve, reject) =>
  socket.once('error', reject).bind(0, address, () => socket.close(resolve)));
const calls = {
${Object.entries(CALLS)
  .map(([name, [code]]) => `${JSON.stringify(name)}: async () => { ${code} },`)
  .join('\n')}
};
if (process.argv[2] === 'child') process.exit(0);
const found = {};
const inTime = (promise) => new Promise((resolve, reject) => {
  const timer = setTimeout(reject, 20_000, new Error('it does not end'));
  promise.then(resolve, reject).finally(() => clearTimeout(timer));
});
for (const [name, call] of Object.entries(calls))
  found[name] = await inTime(call()).then(() => 'ok', (error) => error.info?.code ?? error.code ?? String(error));
const server = http.createServer((_, response) => response.end(JSON.stringify(found)));
await listen(server, { name: 'web' });
await ready();
process.once('SIGTERM', () => server.close());
`;
