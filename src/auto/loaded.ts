// When the program's entry module has been evaluated, top-level await included: READYD_READY=loaded.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { attempt } from '../journal/unreadable.ts';

/** Calls `done` then; never where the program fails before. To be called before Node loads the entry module. */
export function whenLoaded(done: () => void): void {
  // Node has begun to load it by then, and a module of CommonJS has been evaluated.
  setImmediate(() => {
    const url = entryUrl();
    if (url === undefined) done();
    else void afterEvaluation(url, done);
  });
}

/** A second import of a module is the first one: its promise settles when the evaluation has ended. */
async function afterEvaluation(url: string, done: () => void): Promise<void> {
  try {
    await import(url);
  } catch {
    return; // which Node reports, and the program ends
  }
  done();
}

/** Undefined where there is no file: `node -e`, and a single executable application. */
function entryUrl(): string | undefined {
  const script = process.argv[1];
  const isFile = script !== undefined && script !== process.execPath && process.env.NODE_UNIQUE_ID === undefined;
  if (!isFile || process.execArgv.some((option) => /^(-e|-p|-pe|--eval|--print)/.test(option))) return undefined;
  // As Node does: with the endings that it adds, and where symbolic links lead.
  const path = attempt(() => createRequire(`${process.cwd()}/`).resolve(script));
  return path === undefined ? undefined : pathToFileURL(path).href;
}
