// Parses the files of `EnvironmentFile=`: systemd.exec(5). Similar to shell assignments, but with different rules.
// Pure.
import { trimEnd } from '../trim-end.ts';

/** Characters that can be escaped in double quotes; before any other character the backslash stays. */
const ESCAPED = '"\\`$';

type State = 'before-key' | 'key' | 'before-value' | 'value' | 'single' | 'double' | 'comment';

/** The valid assignments of a file, in order. */
export function parseEnvironmentFile(text: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  let state: State = 'before-key';
  let key = '';
  let value = '';
  /** The length of the value without trailing whitespace. */
  let kept = 0;

  const push = (): void => {
    const name = trimEnd(key, ' \t');
    if (state === 'value') value = value.slice(0, kept);
    if (isAssignment(name, value)) found.push([name, value]);
    [key, value, kept, state] = ['', '', 0, 'before-key'];
  };
  const add = (character: string): void => {
    value += character;
    if (!isBlank(character)) kept = value.length;
  };

  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const isNewline = character === '\n' || character === '\r';
    if (state === 'before-key') {
      if (character === '#' || character === ';') state = 'comment';
      else if (!isNewline && !isBlank(character)) [state, key] = ['key', character];
    } else if (state === 'comment') {
      if (isNewline) state = 'before-key';
    } else if (state === 'key') {
      if (isNewline) [state, key] = ['before-key', ''];
      else if (character === '=') state = 'before-value';
      else key += character;
    } else if (state === 'single') {
      if (character === "'") state = 'before-value';
      else add(character);
    } else if (state === 'double') {
      if (character === '"') state = 'before-value';
      else if (character !== '\\') add(character);
      else {
        at += 1;
        const escaped = text.charAt(at);
        if (escaped === '') break;
        if (ESCAPED.includes(escaped)) add(escaped);
        else if (escaped !== '\n') for (const each of `\\${escaped}`) add(each);
      }
    } else if (isNewline) push();
    else if (character === '\\') {
      at += 1;
      const escaped = text.charAt(at);
      // An escaped line break continues the line.
      if (escaped !== '' && escaped !== '\n' && escaped !== '\r') value += escaped;
      kept = value.length;
      state = 'value';
    } else if (state === 'before-value' && character === "'") state = 'single';
    else if (state === 'before-value' && character === '"') state = 'double';
    else if (state === 'before-value' && isBlank(character)) continue;
    else {
      state = 'value';
      add(character);
    }
  }
  if (state !== 'before-key' && state !== 'key' && state !== 'comment') push();
  return found;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** A valid shell name, and a value without control characters except tab and line break. */
export function isAssignment(name: string, value: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/[\0-\x08\x0b-\x1f\x7f\u{fffd}]/u.test(value);
}
