// Scales a program to zero: systemd starts it for a connection, and it stops after a while without connections.
import { whenIdle } from '../service/idle.ts';
import type { LateJournal } from './late-journal.ts';
import type { Sockets } from './sockets.ts';

export function startIdleWatch(sockets: Sockets, timeout: number, log: LateJournal, stop: () => void): void {
  if (sockets.passed.length === 0) {
    log.journal.warning(
      'READYD_IDLE_TIMEOUT is ignored: no socket was passed, so nothing would start the program again',
    );
    return;
  }
  const servers = sockets.listeners.filter(({ listening }) => listening).map(({ server }) => server);
  whenIdle(servers, timeout, () => {
    log.journal.info(`no connection for ${timeout / 1000} s: the program stops until the next one arrives`);
    stop();
  });
}
