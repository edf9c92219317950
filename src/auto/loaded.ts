// Detects when the program's entry module has been evaluated, including top-level await: READYD_READY=loaded.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { attempt } from '../journal/unreadable.ts';

/**
 * Calls `done` after the evaluation; never if the program fails before. Call this before Node loads the entry module.
 */
export function whenLoaded(done: () => void): void {
  // By the next turn Node has started to load the module, and has already evaluated a CommonJS one.
  setImmediate(() => {
    const url = entryUrl();
    if (url === undefined) done();
    else void afterEvaluation(url, done);
  });
}

/** A second import of a module returns the same module: its promise settles when the evaluation has ended. */
async function afterEvaluation(url: string, done: () => void): Promise<void> {
  try {
    await import(url);
  } catch {
    return; // Node reports the error and exits
  }
  done();
}

/** Undefined without a file: `node -e`, and a single executable application. */
function entryUrl(): string | undefined {
  const script = process.argv[1];
  const isFile = script !== undefined && script !== process.execPath && process.env.NODE_UNIQUE_ID === undefined;
  if (!isFile || process.execArgv.some((option) => /^(-e|-p|-pe|--eval|--print)/.test(option))) return undefined;
  // Resolves like Node: adds file extensions and follows symbolic links.
  const path = attempt(() => createRequire(`${process.cwd()}/`).resolve(script));
  return path === undefined ? undefined : pathToFileURL(path).href;
}
