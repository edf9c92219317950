// Used if the addon cannot be loaded (--permission, a read-only copy from another machine): a program that would listen
// on a port that systemd holds must not fail. Without the addon the kinds of descriptors are unknown, so only one may
// be passed.
import type { Server } from 'node:net';
import { FIRST_FD, readListenFds } from '../environment/listen-fds.ts';
import { attempt } from '../journal/unreadable.ts';
import { replace } from '../replace.ts';
import { readListenCall } from './listen-call.ts';
import type { SocketAssignment } from './settings.ts';

type NetMethod = (this: never, ...args: unknown[]) => unknown;

export function serveWithoutAddon(assignments: readonly SocketAssignment[]): void {
  const passed = attempt(() => readListenFds(process.env, { pid: process.pid, pidfdId: () => undefined }));
  if (passed?.count !== 1 || assignments.length > 1) return;
  const [assignment] = assignments;
  let used = false;
  replace(process.getBuiltinModule('node:net').Server.prototype, 'listen', (original: NetMethod) => {
    return function (this: Server, ...args: unknown[]): unknown {
      const { place, callback } = readListenCall(args);
      const isPort = place.kind === 'port' && place.port !== 0;
      const isMeant =
        assignment === undefined
          ? isPort
          : 'path' in assignment
            ? place.kind === 'path' && place.path === assignment.path
            : isPort && place.port === assignment.port;
      if (used || !isMeant) return Reflect.apply(original, this, args);
      used = true;
      return Reflect.apply(original, this, callback === undefined ? [{ fd: FIRST_FD }] : [{ fd: FIRST_FD }, callback]);
    };
  });
}
