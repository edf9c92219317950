// Parses the values of single flags of `readyd unit`, with systemd's rules.
import { isAbsolute } from 'node:path';
import type { Credential } from './definition.ts';
import { checkLine } from './quoting.ts';
import { UsageError, unfit } from './usage.ts';

// Stricter than systemd, whose other characters would need escapes in file names.
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const NAME_MAX = 200;

/** The name of a unit, a credential or a user. */
export function checkName(what: string, text: string): string {
  const name = what === '--name' ? text.replace(/\.service$/, '') : text;
  // DynamicUser= creates a user with the unit's name, but uses an existing user of that name.
  if (what === '--name' && name === 'root') throw unfit(what, text, 'the service would run as the user of that name');
  // A template: systemctl start app@1.service
  const plain = what === '--name' ? name.replace(/@$/, '') : name;
  if (NAME.test(plain) && name.length <= NAME_MAX) return name;
  throw unfit(what, text, `expected up to ${NAME_MAX} letters, digits, '_', '.' and '-'`);
}

/** Refuses root, because hardening does not restrict root. */
export function checkUser(text: string): string {
  const user = checkName('--run-as', text);
  if (/^(root|0+)$/.test(user)) throw unfit('--run-as', text, 'a service of root is one to write by hand');
  return user;
}

export function parseCount(what: string, text: string, min: number, max: number): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw unfit(what, text, `expected a whole number in ${min}…${max}`);
}

/** A time in systemd's format, in one unit or several: `30`, `500ms`, `1min 30s`. systemd.time(7) */
export function parseTime(what: string, text: string): string {
  const parts = text.trim().split(/\s+/);
  const valid = parts.every((part) => /^\d+(\.\d+)?(us|ms|s|sec|m|min|h|hr)?$/.test(part));
  if (valid && parts.some((part) => Number.parseFloat(part) > 0)) return parts.join(' ');
  throw unfit(what, text, 'expected a time such as 30s, 500ms or 2min');
}

/** The name of a folder in /var/lib and similar, possibly with subfolders. systemd.exec(5), StateDirectory= */
export function parseFolder(what: string, text: string): string {
  const levels = text.split('/');
  if (!levels.every((level) => NAME.test(level) || level === '%i'))
    throw unfit(what, text, 'expected a name, not a path');
  if (levels[0] === 'private') throw unfit(what, text, `systemd keeps 'private' for itself`);
  return levels.join('/');
}

/** `NAME[:PATH]` */
export function parseCredential(text: string): Credential {
  const colon = text.indexOf(':');
  const name = checkName('--credential', colon < 0 ? text : text.slice(0, colon));
  if (colon < 0) return { name, path: undefined };
  const path = text.slice(colon + 1);
  if (!isAbsolute(path)) throw unfit('--credential', text, 'the path of its file must be absolute');
  // Seen on 257 and 262: systemd splits the path for its helper at spaces, and the service does not start.
  if (/[\s"'\\]/.test(path)) throw unfit('--credential', text, 'systemd does not find a path with blanks or quotes');
  return { name, path };
}

/** `NAME=VALUE` */
export function parseVariable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw unfit('--env', text, 'expected NAME=VALUE');
  // The environment is readable by all users; the user decides about secrets. Only unwritable text is refused.
  checkLine('--env', value);
  return [name, value];
}

/** Parses the answer to a yes/no question; an empty answer selects the preset. */
export function parseYes(text: string, preset: boolean): boolean {
  if (text === '') return preset;
  if (/^(y|yes)$/i.test(text)) return true;
  if (/^(n|no)$/i.test(text)) return false;
  throw new UsageError('yes or no?');
}
