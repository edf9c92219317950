// Decides whose messages are accepted: NotifyAccess= in systemd.service(5)
import type { NotifyAccess } from '../notify/decode.ts';

/** The role of a sender in the service. */
export type SenderRole = 'main' | 'control' | 'other' | 'stranger';

/** Text for messages. */
export const ROLE_TEXTS: Readonly<Record<SenderRole, string>> = {
  main: 'the main process',
  control: 'a control process',
  other: 'not the main process',
  stranger: 'no process of the service',
};

const ALLOWED: Readonly<Record<NotifyAccess, readonly SenderRole[]>> = {
  none: [],
  main: ['main'],
  exec: ['main', 'control'],
  all: ['main', 'control', 'other'],
};

export function mayNotify(access: NotifyAccess, role: SenderRole): boolean {
  return ALLOWED[access].includes(role);
}

/** Reasons for which systemd accepts messages of the main process by default. */
export interface Grounds {
  readonly notifyAccess: NotifyAccess | undefined;
  readonly type: string;
  readonly watchdog: number;
  readonly fdStore: number;
}

export function effectiveAccess({ notifyAccess = 'none', type, watchdog, fdStore }: Grounds): NotifyAccess {
  if (notifyAccess !== 'none') return notifyAccess;
  return type.startsWith('notify') || watchdog > 0 || fdStore > 0 ? 'main' : 'none';
}
