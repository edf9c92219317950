// From any property key to a name that journald keeps. journald drops a field with another name without a word
// (systemd.journal-fields(7)), so the rule is total: every string has one.
import { KeyCache } from './key-cache.ts';

/** What journald takes from a client: 1–64 bytes, A–Z 0–9 _, not starting with a digit, nor with the _ of trusted fields. */
const VALID = /^[A-Z][A-Z0-9_]{0,63}$/;
const LENGTH_MAX = 64;
/** Stands for a name with nothing in it, and in front of one that starts with a digit. */
const NAMELESS = 'FIELD';

const cache = new KeyCache((key) => (isFieldName(key) ? key : convert(key)));

/** Whether journald takes the name as it is. */
export function isFieldName(name: string): boolean {
  return VALID.test(name);
}

/**
 * The journal's name for a property key:
 *
 * 1. a name that journald takes stays as it is;
 * 2. in a key with lower-case letters, `_` goes between words: `requestId` → `REQUEST_ID`, `HTTPServer` → `HTTP_SERVER`;
 * 3. letters become upper case, and every other character that is not `A–Z 0–9 _` becomes `_`: `user-agent` → `USER_AGENT`;
 * 4. leading `_` go: `_pid` → `PID`;
 * 5. a leading digit gets `FIELD_` in front: `2fa` → `FIELD_2FA`; a name of which nothing is left is `FIELD`;
 * 6. what is longer than 64 bytes is cut.
 *
 * @see systemd.journal-fields(7)
 */
export function fieldName(key: string): string {
  return cache.get(key);
}

function convert(key: string): string {
  const upper = splitWords(key)
    .replace(/[^A-Za-z0-9_]/gu, '_')
    .toUpperCase()
    .replace(/^_+/, '');
  const name = /^[0-9]/.test(upper) ? `${NAMELESS}_${upper}` : upper;
  return name === '' ? NAMELESS : name.slice(0, LENGTH_MAX);
}

function splitWords(key: string): string {
  if (!/[a-z]/.test(key)) return key;
  return key.replace(/[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$&_');
}
