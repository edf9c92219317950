// From any property key to a name that journald keeps. journald drops a field with another name without a word
// (systemd.journal-fields(7)), so the rule is total: every string has one.
//
// Character by character, and not by regular expressions: where little stack is left, V8 ends the process when it has to
// compile one, and a log call may be the first to need it there.
import { KeyCache } from './key-cache.ts';

const LENGTH_MAX = 64;
/** Stands for a name with nothing in it, and in front of one that starts with a digit. */
const NAMELESS = 'FIELD';

/**
 * What the logger writes itself, and what journald and journalctl act on: a key that a client chose must not decide whose
 * entry it is, or who sees it. OBJECT_SYSTEMD_UNIT= of a root service would put it among those of another unit.
 */
const RESERVED = new Set(['PRIORITY', 'MESSAGE', 'MESSAGE_ID', 'TID', 'OBJECT_PID']);
const RESERVED_STARTS = ['SYSLOG_', 'READYD_', 'OBJECT_SYSTEMD_'];
/** The one key that sets MESSAGE_ID=. The adapters give it another name: their keys may be anybody's. */
export const MESSAGE_ID_KEY = 'messageId';

const cache = new KeyCache((key) => (key === MESSAGE_ID_KEY ? 'MESSAGE_ID' : unreserved(mappedName(key))));

/** What journald takes from a client: 1–64 bytes, A–Z 0–9 _, not starting with a digit, nor with the _ of trusted fields. */
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
 * 1. a name that journald takes stays as it is;
 * 2. in a key with lower-case letters, `_` goes between words: `requestId` → `REQUEST_ID`, `HTTPServer` → `HTTP_SERVER`;
 * 3. letters become upper case, and every other character that is not `A–Z 0–9 _` becomes `_`: `user-agent` → `USER_AGENT`;
 * 4. leading `_` go: `_pid` → `PID`;
 * 5. a leading digit gets `FIELD_` in front: `2fa` → `FIELD_2FA`; a name of which nothing is left is `FIELD`;
 * 6. what is longer than 64 bytes is cut;
 * 7. a name that the logger or journald gives a meaning gets `FIELD_` in front: `priority` → `FIELD_PRIORITY`. Those are
 *    PRIORITY, MESSAGE, MESSAGE_ID, TID, OBJECT_PID, and the names that start with SYSLOG_, READYD_ or OBJECT_SYSTEMD_.
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
  // What comes before the first letter or digit would become `_`, and go.
  while (at < key.length && !isWordPart(key.charCodeAt(at))) at += 1;
  const splits = hasLower(key, at);
  let name = isDigit(key.charCodeAt(at)) ? `${NAMELESS}_` : '';
  for (; at < key.length && name.length < LENGTH_MAX; at += 1) {
    const code = key.charCodeAt(at);
    name += isWordPart(code) ? String.fromCharCode(isLower(code) ? code - TO_UPPER : code) : '_';
    if (splits && endsWord(key, at)) name += '_';
    // Both halves of a character beyond U+FFFF are one `_`.
    if ((code & 0xfc00) === 0xd800 && (key.charCodeAt(at + 1) & 0xfc00) === 0xdc00) at += 1;
  }
  return name === '' ? NAMELESS : name.slice(0, LENGTH_MAX);
}

function isWordPart(code: number): boolean {
  return isLower(code) || isUpper(code) || isDigit(code);
}

/** Whether a name may contain it. */
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
