// Patterns for file names, as in EnvironmentFile=: glob(7)
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files whose paths match, sorted by name. */
export function filesMatching(pattern: string): string[] {
  const parts = pattern.split('/').filter((part) => part !== '');
  return parts.reduce((found: string[], part) => found.flatMap((folder) => childrenMatching(folder, part)), ['/']);
}

function childrenMatching(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) {
    const path = join(folder, part.replaceAll(/\\(.)/g, '$1'));
    return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [path];
  }
  const end = part.lastIndexOf(']') + 1;
  const tokens = [...(part.slice(0, end).match(TOKEN) ?? []), ...(part.slice(end).match(PLAIN_TOKEN) ?? [])];
  return list(folder)
    .filter((name) => part.startsWith('.') === name.startsWith('.') && matches(name, tokens))
    .toSorted()
    .map((name) => join(folder, name));
}

const TOKEN = /\\[\s\S]|\[[!^]?\]?[^\]]+\]|[\s\S]/gu;
/** Behind the last `]` no set ends: a search from each `[` to the end would take quadratic time. */
const PLAIN_TOKEN = /\\[\s\S]|[\s\S]/gu;

/** Backtracks only to the last `*`, so that the time is at most the product of both lengths. */
function matches(name: string, tokens: readonly string[]): boolean {
  const characters = Array.from(name);
  let [at, token, star, resume] = [0, 0, -1, 0];
  while (at < characters.length) {
    const wanted = tokens[token];
    if (wanted === '*') [star, resume, token] = [token, at, token + 1];
    else if (wanted !== undefined && accepts(wanted, characters[at] ?? '')) [at, token] = [at + 1, token + 1];
    else if (star >= 0) [token, resume, at] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  return tokens.slice(token).every((rest) => rest === '*');
}

function accepts(token: string, character: string): boolean {
  if (token === '?') return true;
  if (token.startsWith('\\')) return token.slice(1) === character;
  if (token.length < 3 || !token.startsWith('[')) return token === character;
  const inverted = /^\[[!^]/.test(token);
  const set = Array.from(token.slice(inverted ? 2 : 1, -1));
  const found = set.some((one, index) => {
    const end = set[index + 2];
    return one === character || (set[index + 1] === '-' && end !== undefined && one <= character && character <= end);
  });
  return found !== inverted;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no folder, or not readable
  }
}
