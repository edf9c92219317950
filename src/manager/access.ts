// Whose messages count: NotifyAccess= in systemd.service(5)
import type { NotifyAccess } from '../notify/decode.ts';

/** What a sender is to the service. */
export type Role = 'main' | 'control' | 'other' | 'stranger';

/** For people. */
export const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  main: 'the main process',
  control: 'a control process',
  other: 'not the main process',
  stranger: 'no process of the service',
};

const ALLOWED: Readonly<Record<NotifyAccess, readonly Role[]>> = {
  none: [],
  main: ['main'],
  exec: ['main', 'control'],
  all: ['main', 'control', 'other'],
};

export function mayNotify(access: NotifyAccess, role: Role): boolean {
  return ALLOWED[access].includes(role);
}

/** What makes systemd listen to the main process although nobody asked for it. */
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
