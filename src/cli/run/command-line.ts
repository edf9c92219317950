// Splits a command line of a unit file into words: systemd.service(5), "Command lines". Pure.

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', s: ' ', '"': '"', "'": "'", '\\': '\\' };

/**
 * Words with quotes and backslashes taken off. `$NAME` as a word of its own becomes its words, `${NAME}` is replaced
 * inside of one; without an environment nothing is. `$MAINPID` stays as it is for who runs the command.
 */
export function splitCommandLine(
  line: string,
  env: Readonly<Record<string, string | undefined>> | undefined,
): string[] {
  return rawWords(line).flatMap(({ text, quoted }) => {
    if (env === undefined) return [text];
    const name = quoted ? undefined : /^\$([A-Za-z_]\w*)$/.exec(text)?.[1];
    if (name !== undefined && name !== 'MAINPID') return (env[name] ?? '').split(/\s+/).filter((word) => word !== '');
    return [expand(text, env)];
  });
}

function expand(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/\$\$|\$\{([A-Za-z_]\w*)\}|%%/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    if (match === '%%') return '%';
    return name === 'MAINPID' ? match : (env[name ?? ''] ?? '');
  });
}

interface Word {
  text: string;
  quoted: boolean;
}

function rawWords(line: string): Word[] {
  const words: Word[] = [];
  let word: Word | undefined;
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (quote === '' && /\s/.test(character)) {
      word = undefined;
      continue;
    }
    if (word === undefined) {
      word = { text: '', quoted: false };
      words.push(word);
    }
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      word.quoted = true;
    } else if (character === '\\' && index + 1 < line.length) {
      index += 1;
      const escaped = line.charAt(index);
      word.text += ESCAPES[escaped] ?? `\\${escaped}`;
    } else word.text += character;
  }
  return words;
}
