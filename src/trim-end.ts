// Removes characters from the end of a text. Pure. A regular expression such as `/ +$/` would try every run of spaces in
// the text, each to its end: with the square of the length for a text of spaces that ends in something else.

export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
