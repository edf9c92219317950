// Reports the service's sockets when it is ready: where it listens, and which passed sockets it does not use.
import type { Server } from 'node:net';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';
import { addressOfServer } from '../sockets/address.ts';
import { unclaimedSockets } from '../sockets/claim.ts';
import { identify } from '../sockets/inspect.ts';
import { descriptorOf } from '../sockets/resource.ts';
import { boundSockets, servedBy, servedText } from '../sockets/served.ts';
import { listeningServers } from './connections.ts';

/** More would not fit into one readable line. */
const NAMED_MAX = 8;

/** `listens on 127.0.0.1:3000 (web), /run/admin.sock (admin)`; undefined if nothing listens. */
export function listeningText(): string | undefined {
  const servers = listeningServers().flatMap(
    (server) => servedBy(server) ?? [{ name: undefined, address: addressOfServer(server) }],
  );
  const sockets = boundSockets().flatMap((socket) => servedBy(socket) ?? []);
  const all = [...servers, ...sockets].flatMap((one) => servedText(one) ?? []);
  if (all.length === 0) return undefined;
  const more = all.length > NAMED_MAX ? [`and ${all.length - NAMED_MAX} more`] : [];
  return `listens on ${[...all.slice(0, NAMED_MAX), ...more].join(', ')}`;
}

/** Clients of a passed but unused socket wait forever, and no other message explains it. */
export function warnOfUnclaimed(log: Journal): void {
  const served = new Set(listeningServers().flatMap((server) => inodeOf(server) ?? []));
  for (const passed of unclaimedSockets()) {
    if (served.has(passed.inode)) continue;
    log.warning(
      `nothing serves ${passed.label}, ${passed.description}, which was passed: its clients wait for ever; serve it (listen(), bind()), or remove it from the .socket unit`,
    );
  }
}

/** The inode of a server's socket: a program may listen on a passed descriptor without this package. */
function inodeOf(server: Server): number | undefined {
  return attempt(() => identify(descriptorOf(server), () => 'cannot look at a server').ino);
}
