// What a service has said about itself and that has no effect but to be shown.
import type { Notification, NotifyAccess } from '../notify/decode.ts';

export class Said {
  /** What `systemctl status` shows. */
  status = '';
  errno = 0;
  busError = '';
  varlinkError = '';
  /** What it said last about its life: STOPPING=1 is final. */
  life: 'unknown' | 'ready' | 'reloading' | 'stopping' = 'unknown';
  /** NOTIFYACCESS=, until the next start. */
  access: NotifyAccess | undefined;
  /** WATCHDOG_USEC=, until the next start; in milliseconds, 0 for none. */
  watchdog: number | undefined;

  /** In the order in which systemd reads the keys. */
  hear({ status, notifyAccess, errno, busError, varlinkError }: Notification): void {
    this.status = status ?? this.status;
    if (notifyAccess !== undefined) this.access = notifyAccess === 'invalid' ? undefined : notifyAccess;
    this.errno = errno ?? this.errno;
    this.busError = busError ?? this.busError;
    this.varlinkError = varlinkError ?? this.varlinkError;
  }
}
