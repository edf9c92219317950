// This process itself, where there is no unit to look at: what it was given, by whoever started it. It decides nothing.
import { parseNotifySocket } from '../../environment/notify-socket.ts';
import { errnoName, native } from '../../native.ts';
import type { OwnFacts } from './facts.ts';
import { ancestorsOf, attempt, readProcess } from './processes.ts';

export function readOwn(): OwnFacts {
  const { env, pid } = process;
  return { pid, ancestors: startersOf(pid), env: { ...env }, notifyFault: faultAt(env.NOTIFY_SOCKET ?? '') };
}

/** Everybody is below process 1. That it has started the service is so in a container, where it was given the same. */
function startersOf(pid: number): number[] | undefined {
  const first = readProcess(1)?.env;
  const given = [first?.SYSTEMD_EXEC_PID, first?.LISTEN_PID, first?.WATCHDOG_PID].includes('1');
  const above = ancestorsOf(pid);
  return given ? above?.concat(1) : above;
}

/** By connecting, which sends nothing to a datagram socket. A vsock would open a connection that the manager sees. */
function faultAt(text: string): string | undefined {
  const address = attempt(() => parseNotifySocket(text));
  const addon = attempt(native);
  if (address?.family !== 'unix' || addon === undefined) return undefined;
  const fd = addon.open();
  if (fd < 0) return undefined;
  const result = addon.connect(fd, address.name);
  addon.close(fd);
  return result < 0 ? errnoName(-result) : undefined;
}
