// Colours in a message, as chalk and the formats of winston make them. They are for a terminal; in the journal they would make
// a text into bytes: `journalctl -o json` writes an array of numbers, and a search for the text finds nothing.

// A control sequence of ECMA-48. It has no letter of a text in it, so nothing is lost that somebody could read. Other escapes
// may hold text, and stay.
const CONTROL_SEQUENCES = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/** Without colours, and what else moves or paints on a terminal. */
export function withoutColors(text: string): string {
  return text.includes('\u001b') ? text.replace(CONTROL_SEQUENCES, '') : text;
}
