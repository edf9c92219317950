// Finds the files of one unit: its own or its template's, and the drop-ins. systemd.unit(5)
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readRegularFile } from '../regular-file.ts';
import { type Assignment, type LeftOut, parseAssignments } from './assignments.ts';
import { parseUnitName, type UnitName } from './specifiers.ts';

/** A unit as described in its files. */
export interface UnitFiles {
  readonly name: UnitName;
  /** The absolute path of the file; for an instance, that of the template. */
  readonly path: string;
  /** Drop-ins, in the order in which they are read. */
  readonly dropIns: readonly string[];
  /** The assignments of all files, in the order in which they are read. */
  readonly assignments: readonly Assignment[];
  readonly leftOut: readonly LeftOut[];
}

/** The folders of system units; the first match wins. */
const SYSTEM_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Reads a unit: `app.service`, `app@.service` with an instance, or `app@1.service` where there is only the template.
 * Drop-ins are looked for beside it, and for a unit of the system, in all of the system's folders.
 *
 * @throws Error if a file cannot be read, or systemd does not load the unit.
 */
export function readUnitFiles(file: string, instance?: string): UnitFiles {
  const asked = parseUnitName(basename(file));
  const name =
    instance === undefined || asked.instance === undefined
      ? asked
      : parseUnitName(`${asked.prefix}@${instance}${asked.suffix}`);
  const folder = resolve(dirname(file));
  const template = `${name.prefix}@${name.suffix}`;
  const own = [name.full, ...(name.instance === undefined ? [] : [template])].map((one) => join(folder, one));
  const path = own.find((one) => existsSync(one)) ?? own[0] ?? file;
  const folders = SYSTEM_FOLDERS.includes(folder) ? SYSTEM_FOLDERS : [folder];
  const dropIns = findDropIns(folders, name);
  const texts = [path, ...dropIns].map((one) =>
    parseAssignments(readRegularFile(one, FILE_BYTES_MAX).toString('utf8'), one),
  );
  return {
    name,
    path,
    dropIns,
    assignments: texts.flatMap(({ assignments }) => assignments),
    leftOut: texts.flatMap(({ leftOut }) => leftOut),
  };
}

/** Sorted by file name, independent of the folder; of two with the same name, the one in the first folder wins. */
function findDropIns(folders: readonly string[], name: UnitName): string[] {
  const found = new Map<string, string>();
  const places = folders.flatMap((folder) => dropInNames(name).map((one) => join(folder, `${one}.d`)));
  for (const place of [...places, ...folders.map((folder) => join(folder, `${name.suffix.slice(1)}.d`))]) {
    for (const file of list(place)) {
      if (file.endsWith('.conf') && !found.has(file)) found.set(file, join(place, file));
    }
  }
  const byName = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  // A link to /dev/null, or an empty file, disables drop-ins of the same name.
  return byName.map(([, path]) => path).filter((path) => !isMask(path));
}

/** `a-b@1.service`, `a-b@.service`, and the drop-ins for all units that start with `a-`. */
function dropInNames({ full, prefix, instance, suffix }: UnitName): string[] {
  const names = [full, ...(instance === undefined || instance === '' ? [] : [`${prefix}@${suffix}`])];
  for (let dash = prefix.lastIndexOf('-', prefix.length - 2); dash > 0; dash = prefix.lastIndexOf('-', dash - 1)) {
    const shared = prefix.slice(0, dash + 1);
    if (instance !== undefined) names.push(`${shared}@${suffix}`);
    names.push(`${shared}${suffix}`);
  }
  return names;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the folder does not exist
  }
}

function isMask(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isCharacterDevice() || (stat.isFile() && stat.size === 0));
}

/** The values of a list setting: an empty value clears the earlier ones. */
export function listOf({ assignments }: Pick<UnitFiles, 'assignments'>, section: string, key: string): string[] {
  const values = assignments.filter((one) => one.section === section && one.key === key).map(({ value }) => value);
  return values.slice(values.lastIndexOf('') + 1);
}
