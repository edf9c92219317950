// The values that a service has sent about itself.
import type { Notification, NotifyAccess } from '../notify/decode.ts';

export class ReportedState {
  /** The text that `systemctl status` shows. */
  status = '';
  errno = 0;
  busError = '';
  varlinkError = '';
  /** Its last state message: STOPPING=1 is final. */
  life: 'unknown' | 'ready' | 'reloading' | 'stopping' = 'unknown';
  /** NOTIFYACCESS=, until the next start. */
  access: NotifyAccess | undefined;
  /** WATCHDOG_USEC=, until the next start; in milliseconds, 0 for none. */
  watchdog: number | undefined;

  /** Reads the keys in systemd's order. */
  update({ status, notifyAccess, errno, busError, varlinkError }: Notification): void {
    this.status = status ?? this.status;
    if (notifyAccess !== undefined) this.access = notifyAccess === 'invalid' ? undefined : notifyAccess;
    this.errno = errno ?? this.errno;
    this.busError = busError ?? this.busError;
    this.varlinkError = varlinkError ?? this.varlinkError;
  }
}
