// Maps any property key to a valid field name. journald silently drops fields with other names
// (systemd.journal-fields(7)), so the mapping is total: it accepts every string.
//
// Works character by character, without regular expressions: V8 ends the process if it must compile one with little
// stack left, and a log call may be the first to need it there. Pure.
import { KeyCache } from './key-cache.ts';

const LENGTH_MAX = 64;
/** The name for an empty result, and the prefix for a name that starts with a digit. */
const NAMELESS = 'FIELD';

/**
 * Fields that the logger writes itself, or that journald and journalctl interpret: a key from a client must not change
 * the owner or the visibility of an entry. With OBJECT_SYSTEMD_UNIT= a root service could move its entry to another
 * unit.
 */
const RESERVED = new Set(['PRIORITY', 'MESSAGE', 'MESSAGE_ID', 'TID', 'OBJECT_PID']);
const RESERVED_STARTS = ['SYSLOG_', 'READYD_', 'OBJECT_SYSTEMD_'];
/** The only key that sets MESSAGE_ID=. Adapters rename it, because their keys may come from anyone. */
export const MESSAGE_ID_KEY = 'messageId';

const cache = new KeyCache((key) => (key === MESSAGE_ID_KEY ? 'MESSAGE_ID' : unreserved(mappedName(key))));

/** What journald accepts from a client: 1–64 bytes of A–Z 0–9 _, not starting with a digit or `_` (trusted fields). */
export function isFieldName(name: string): boolean {
  if (name.length > LENGTH_MAX || !isUpper(name.charCodeAt(0))) return false;
  for (let at = 1; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (!isUpper(code) && !isDigit(code) && code !== UNDERSCORE) return false;
  }
  return true;
}

/**
 * The journal's name for a property key:
 *
 * 1. A name that journald accepts stays unchanged.
 * 2. A key with lower-case letters gets `_` between words: `requestId` → `REQUEST_ID`, `HTTPServer` → `HTTP_SERVER`.
 * 3. Letters become upper case, and every other character outside `A–Z 0–9 _` becomes `_`: `user-agent` → `USER_AGENT`.
 * 4. Leading `_` are removed: `_pid` → `PID`.
 * 5. A leading digit gets the prefix `FIELD_`: `2fa` → `FIELD_2FA`; an empty name becomes `FIELD`.
 * 6. A name is cut at 64 bytes.
 * 7. A name that the logger or journald interprets gets the prefix `FIELD_`: `priority` → `FIELD_PRIORITY`. Those are
 *    PRIORITY, MESSAGE, MESSAGE_ID, TID, OBJECT_PID, and names that start with SYSLOG_, READYD_ or OBJECT_SYSTEMD_.
 *    Only `messageId` is MESSAGE_ID.
 *
 * @see systemd.journal-fields(7)
 */
export function fieldName(key: string): string {
  return cache.get(key);
}

function mappedName(key: string): string {
  return isFieldName(key) ? key : convert(key);
}

function unreserved(name: string): string {
  const reserved = RESERVED.has(name) || RESERVED_STARTS.some((start) => name.startsWith(start));
  return reserved ? `${NAMELESS}_${name}`.slice(0, LENGTH_MAX) : name;
}

const UNDERSCORE = 0x5f;
const TO_UPPER = 0x20;

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function convert(key: string): string {
  let at = 0;
  // Characters before the first letter or digit would become leading `_`, which are removed.
  while (at < key.length && !isWordPart(key.charCodeAt(at))) at += 1;
  const splits = hasLower(key, at);
  let name = isDigit(key.charCodeAt(at)) ? `${NAMELESS}_` : '';
  for (; at < key.length && name.length < LENGTH_MAX; at += 1) {
    const code = key.charCodeAt(at);
    name += isWordPart(code) ? String.fromCharCode(isLower(code) ? code - TO_UPPER : code) : '_';
    if (splits && endsWord(key, at)) name += '_';
    // Both halves of a character above U+FFFF become one `_`.
    if ((code & 0xfc00) === 0xd800 && (key.charCodeAt(at + 1) & 0xfc00) === 0xdc00) at += 1;
  }
  return name === '' ? NAMELESS : name.slice(0, LENGTH_MAX);
}

function isWordPart(code: number): boolean {
  return isLower(code) || isUpper(code) || isDigit(code);
}

/** Whether the part of the key that fits into a name contains a lower-case letter. */
function hasLower(key: string, from: number): boolean {
  for (let at = from; at < key.length && at < from + 2 * LENGTH_MAX; at += 1) {
    if (isLower(key.charCodeAt(at))) return true;
  }
  return false;
}

/** `request|Id`, `utf8|Text`, `HTTP|Server`. */
function endsWord(key: string, at: number): boolean {
  const code = key.charCodeAt(at);
  if (!isUpper(key.charCodeAt(at + 1))) return false;
  return isLower(code) || isDigit(code) || (isUpper(code) && isLower(key.charCodeAt(at + 2)));
}
