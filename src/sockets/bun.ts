// Bun's HTTP server takes a descriptor and listens on another port. The clients of the socket unit would wait for ever, without
// an error. So `listen()` refuses it. Bun's net server works.
import type * as Net from 'node:net';
import { SystemdError } from '../errors.ts';

const isBun = process.versions.bun !== undefined;

/** @throws SystemdError `SD_ERR_STATE` for a server that would listen somewhere else. */
export function checkServesDescriptors(server: Net.Server): void {
  // Only in Node is an HTTP server a net server.
  if (isBun && !(server instanceof process.getBuiltinModule('node:net').Server)) refuse();
}

/** The same where it is unknown yet who will listen; a framework's server is one of HTTP. */
export function checkFrameworksServeDescriptors(): void {
  if (isBun) refuse();
}

function refuse(): never {
  throw new SystemdError(
    'SD_ERR_STATE',
    `Bun ${process.versions.bun} cannot serve HTTP on a socket that was passed, it would listen on another port: pass listen() a server of node:net, leave the socket unit away, or run the service on Node`,
  );
}
