// The facilities of syslog(3): which part of a system an entry is about.
import { checkInteger } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';

/** By number, from 0. The names of 12 to 15 differ between systems. */
const NAMES = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'];
const LOCAL = 16;
const LAST = 23;

/** The number of a facility. @throws TypeError or RangeError `SD_ERR_INVALID_ARG` for an unknown facility. */
export function checkFacility(what: string, value: unknown): number {
  if (typeof value === 'number') return checkInteger(what, value, 0, LAST);
  if (typeof value === 'string') {
    const local = /^local([0-7])$/.exec(value)?.[1];
    const number = local === undefined ? NAMES.indexOf(value) : LOCAL + Number(local);
    if (number >= 0) return number;
  }
  const names = `${NAMES.join(', ')}, local0 to local7`;
  throw invalidType(`${what} must be a number from 0 to ${LAST}, or one of ${names}, not ${quote(value)}`);
}
