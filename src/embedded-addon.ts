// The addon where dlopen(3) cannot open it: as an asset of an executable, or in an archive that only JavaScript reads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Sea from 'node:sea';

/** An addon as bytes, with what an error calls it. */
export interface EmbeddedAddon {
  readonly title: string;
  readonly bytes: Uint8Array;
}

/**
 * The addons that are not a file on disk: the asset of a single executable application, then each of `paths` that is
 * in an archive of yarn.
 * @see https://nodejs.org/api/single-executable-applications.html
 */
export function* embeddedAddons(asset: string, paths: Iterable<string>): Generator<EmbeddedAddon> {
  const bytes = executableAsset(asset);
  if (bytes !== undefined) yield { title: `the asset '${asset}' of the executable`, bytes };
  for (const path of paths) {
    if (!path.includes('.zip/')) continue;
    try {
      yield { title: `a copy of ${path}`, bytes: readFileSync(path) };
    } catch {
      // It is not in the archive.
    }
  }
}

/** The bytes of an asset of this executable; undefined if it has none of this name, or if Node itself runs. */
export function executableAsset(name: string): Uint8Array | undefined {
  // Bun and Deno need not have this module.
  const sea = process.getBuiltinModule?.('node:sea') as typeof Sea | undefined;
  if (sea?.isSea?.() !== true) return undefined;
  try {
    // A copy: dlopen(3) gets a file in any case, and Node aborts if the bytes of the executable are changed.
    return new Uint8Array(sea.getAsset(name));
  } catch {
    return undefined; // the executable has no such asset
  }
}

/**
 * Runs `use` on a file with these bytes, which exists only for so long: in a new folder that only this user can read or
 * change, below $TMPDIR.
 */
export function withCopy<T>(name: string, bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, bytes, { mode: 0o600 });
    return use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
