// The facts about this process, if there is no unit: what its parent passed to it. Draws no conclusions.
import { parseNotifySocket } from '../../environment/notify-socket.ts';
import { errnoName } from '../../errno.ts';
import { native } from '../../native.ts';
import type { ProcessEnvironment } from './facts.ts';
import { ancestorsOf, attempt, readProcess } from './processes.ts';

export function readThisProcess(): ProcessEnvironment {
  const { env, pid } = process;
  return { pid, ancestors: startersOf(pid), env: { ...env }, notifyFault: faultAt(env.NOTIFY_SOCKET ?? '') };
}

/**
 * Every process descends from process 1. It counts as an ancestor only in a container, where it has the same variables.
 */
function startersOf(pid: number): number[] | undefined {
  const first = readProcess(1)?.env;
  const given = [first?.SYSTEMD_EXEC_PID, first?.LISTEN_PID, first?.WATCHDOG_PID].includes('1');
  const above = ancestorsOf(pid);
  return given ? above?.concat(1) : above;
}

/** Connects, which sends nothing on a datagram socket. Not for vsock, where the manager would see a connection. */
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
