// Reads the output of `readyd unit` by the rules of systemd.syntax(7) and systemd.service(5), without the code under
// test.

/** The values of a setting, in the order of the file. */
export function valuesOf(file: string, setting: string): string[] {
  const lines = file.split('\n').filter((line) => line.startsWith(`${setting}=`));
  return lines.map((line) => line.slice(setting.length + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
}

/** Splits at white space that is not quoted, and takes quotes and C escapes away. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      at += 1;
      const escaped = text.charAt(at);
      if (!'\\"\'tns'.includes(escaped)) throw new Error(`\\${escaped} means something else`);
      word = (word ?? '') + ({ t: '\t', n: '\n', s: ' ' }[escaped] ?? escaped);
    } else if (quoted !== '') {
      if (character === quoted) quoted = '';
      else word = (word ?? '') + character;
    } else if ('"\''.includes(character)) {
      quoted = character;
      word ??= '';
    } else if (' \t'.includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quoted !== '') throw new Error('a quote is open');
  return word === undefined ? words : [...words, word];
}

/** `%%` is the only specifier that may be there. */
export function withoutSpecifiers(text: string): string {
  return text.replace(/%(.?)/g, (_, next: string) => {
    if (next !== '%') throw new Error(`%${next} is a specifier`);
    return '%';
  });
}

/** `$$` is the only variable that may be there. */
export function withoutVariables(text: string): string {
  return text.replace(/\$(.?)/g, (_, next: string) => {
    if (next !== '$') throw new Error(`$${next} is a variable`);
    return '$';
  });
}
