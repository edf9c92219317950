// Logs that a socket without a configured name was used for the requested name.
import { quote } from '../errors.ts';
import { tellProcess } from '../journal/process-log.ts';
import type { Choice } from './choose.ts';

export function tellNameless({ passed, instead }: Choice): void {
  if (instead === undefined) return;
  const socket = passed[0]?.label ?? 'a socket';
  tellProcess((log) =>
    log.notice(
      `${socket} is used as ${quote(instead)}, because it has no name; set one: FileDescriptorName= in the .socket unit, --fdname= of systemd-socket-activate`,
    ),
  );
}
