// Starts a program with listening sockets, the way the service manager does.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Program } from './program.js';

/** LISTEN_PID is the number of the process, which only the shell before exec knows. */
const EXPORT_PID = 'export LISTEN_PID=$$; exec "$0" "$@"';

export async function bindListeners(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return servers;
}

export function activate(command, servers) {
  // Node has no public way to a server's descriptor; a bench may use this one.
  const fds = servers.map((server) => server._handle.fd);
  const env = { LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: fds.map(() => 'bench.socket').join(':') };
  return Program.start(['sh', '-c', EXPORT_PID, ...command], { env, fds });
}
