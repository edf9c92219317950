// Removes the colours that chalk and the formats of winston add to a message. The journal would store such a text as
// bytes: `journalctl -o json` prints an array of numbers, and a search for the text finds nothing.

// A control sequence of ECMA-48. It contains no readable text, so nothing is lost. Other escape sequences may contain
// text, and are kept.
const CONTROL_SEQUENCES = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/** The text without colours and other sequences that move or paint on a terminal. */
export function withoutColors(text: string): string {
  return text.includes('\u001b') ? text.replace(CONTROL_SEQUENCES, '') : text;
}
