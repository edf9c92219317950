// Bun's HTTP server accepts a descriptor but listens on another port. Clients of the socket unit would wait forever,
// without an error. So `listen()` refuses it. Bun's net server works.
import type * as Net from 'node:net';
import { SystemdError } from '../errors.ts';

const isBun = process.versions.bun !== undefined;

/** @throws SystemdError `SD_ERR_STATE` for a server that would listen on another port. */
export function checkServesDescriptors(server: Net.Server): void {
  // Only in Node does an HTTP server extend net.Server.
  if (isBun && !(server instanceof process.getBuiltinModule('node:net').Server)) refuse();
}

/** The same check before the server exists. A framework's server is an HTTP server. */
export function checkFrameworksServeDescriptors(): void {
  if (isBun) refuse();
}

function refuse(): never {
  throw new SystemdError(
    'SD_ERR_STATE',
    `Bun ${process.versions.bun} cannot serve HTTP on a socket that was passed, it would listen on another port: pass listen() a server of node:net, leave the socket unit away, or run the service on Node`,
  );
}
