// A reload by a signal that the program does not handle.
import type { Finding } from './facts.ts';

export function noHandler(evidence: string): Finding {
  return {
    id: 'reload-without-handler',
    severity: 'error',
    what: 'systemd reloads the service by SIGHUP, and the program does not handle it',
    why: 'SIGHUP ends a program without a handler; from 262 on systemd refuses its READY',
    evidence,
    change: 'reload(…) of readyd before ready(), or service({ reload }); else Type=notify without ExecReload=',
  };
}
