// Reads a message as the service manager does. Follows the manager's rules, not our encoder: lines end at \n or \r; a
// backslash makes the next character literal, also a line end; a backslash at the very end makes the whole message invalid;
// the first assignment of a key counts.

export function parseNotification(payload: string): Map<string, string> | undefined {
  const lines = splitLines(payload);
  if (lines === undefined) return undefined;
  const found = new Map<string, string>();
  for (const line of lines) {
    const end = line.indexOf('=');
    const key = end < 0 ? line : line.slice(0, end);
    if (!found.has(key)) found.set(key, line.slice(end + 1));
  }
  return found;
}

function splitLines(payload: string): string[] | undefined {
  const lines: string[] = [];
  let line = '';
  let escaped = false;
  for (const character of payload) {
    if (escaped) {
      line += character;
      escaped = false;
    } else if (character === '\\') escaped = true;
    else if (character === '\n' || character === '\r') {
      if (line !== '') lines.push(line);
      line = '';
    } else line += character;
  }
  if (escaped) return undefined;
  return line === '' ? lines : [...lines, line];
}
