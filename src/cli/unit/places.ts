// Finds the paths that a service sees differently: a private /tmp, empty home directories. The folders of Node and the
// program are bound into them. systemd.exec(5), ProtectHome=, PrivateTmp=, PrivateDevices=, BindReadOnlyPaths=
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { HOMES } from './hardening.ts';
import { readPackage } from './program.ts';

export interface Shown {
  /** A folder; if that would be the whole place, the entry directly below it. */
  readonly path: string;
  /** The path that is hidden from the service, such as `/tmp`. */
  readonly place: string;
}

/** PrivateTmp= and PrivateDevices=; DynamicUser= always implies the first. */
const OWN = ['/tmp', '/var/tmp', '/dev'];

/** What has to be shown to a service of this Node and this program. */
export function shownFor(node: string, program: string, preload?: string): Shown[] {
  const real = realPath(program);
  // Uses the given path, so that a symbolic link may later point to another release.
  const given = shown(workspaceOf(packageOf(program)), program);
  // If the program is a link to another place, that place must also be bound.
  const behindLink =
    given !== undefined && isBelow(real, realPath(given.path)) ? undefined : shown(workspaceOf(packageOf(real)), real);
  const loaded = preload === undefined ? undefined : shown(packageOf(preload), preload);
  const found = [shown(nodeFolder(node), node), given, behindLink, loaded].filter((one) => one !== undefined);
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
}

function shown(folder: string, file: string): Shown | undefined {
  const real = realPath(folder);
  const place = [...HOMES, ...OWN].find((one) => `${real}/`.startsWith(`${realPath(one)}/`));
  if (place === undefined) return undefined;
  // Binding all of /tmp would expose everyone's files, and would be read-only.
  return { path: OWN.includes(place) && real === realPath(place) ? firstBelow(folder, file) : folder, place };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function firstBelow(folder: string, file: string): string {
  return join(folder, relative(folder, file).split('/')[0] ?? '');
}

/** Resolves the existing part of a path: the unit may be for another machine. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
  }
}

/** The folder of an installation, such as nvm's: `bin` has a `lib` beside it. */
function nodeFolder(node: string): string {
  return basename(dirname(node)) === 'bin' ? dirname(dirname(node)) : dirname(node);
}

/** The folder of `package.json`, or else of the program: the program's files are there. */
export function packageOf(program: string): string {
  for (let folder = dirname(program); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(program);
}

/** The root of a workspace, which contains shared packages; without a workspace, the package itself. */
function workspaceOf(packageFolder: string): string {
  for (let folder = packageFolder; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml')) || 'workspaces' in readPackage(folder)) return folder;
  }
  return packageFolder;
}
