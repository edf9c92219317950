// Where a service sees something else than we do: a /tmp of its own, homes without what is in them. What it is made of is
// shown to it there. systemd.exec(5), ProtectHome=, PrivateTmp=, PrivateDevices=, BindReadOnlyPaths=
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { readPackage } from './program.ts';

export interface Shown {
  /** A folder, or where that would be all of the place, what is directly in it. */
  readonly path: string;
  /** What the service does not see as it is, such as `/tmp`. */
  readonly place: string;
}

/** What ProtectHome= hides. */
const HOMES = ['/home', '/root', '/run/user'];
/** PrivateTmp= and PrivateDevices=; DynamicUser= does not let go of the first. */
const OWN = ['/tmp', '/var/tmp', '/dev'];

export function isHome(place: string): boolean {
  return HOMES.includes(place);
}

/** What has to be shown to a service of this Node and this program. */
export function shownFor(node: string, program: string, preload?: string): Shown[] {
  const real = realPath(program);
  // By the path that was given, so that a link may point to another release.
  const given = shown(workspaceOf(packageOf(program)), program);
  // A link to a program elsewhere leads nowhere unless that place is shown, too.
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
  // All of /tmp would be what everybody has there, and nothing to write into.
  return { path: OWN.includes(place) && real === realPath(place) ? firstBelow(folder, file) : folder, place };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function firstBelow(folder: string, file: string): string {
  return join(folder, relative(folder, file).split('/')[0] ?? '');
}

/** As far as it is there: a unit is for another machine, too. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
  }
}

/** The folder of an installation, such as that of nvm: `bin` has a `lib` beside it. */
function nodeFolder(node: string): string {
  return basename(dirname(node)) === 'bin' ? dirname(dirname(node)) : dirname(node);
}

/** Where `package.json` is, or else where the program is: a program looks for its files there. */
export function packageOf(program: string): string {
  for (let folder = dirname(program); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(program);
}

/** The root of a workspace, where the packages that are shared are; the package itself where it is in none. */
function workspaceOf(packageFolder: string): string {
  for (let folder = packageFolder; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml')) || 'workspaces' in readPackage(folder)) return folder;
  }
  return packageFolder;
}
