// The results as a Markdown table, one row a line.

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} value what was measured, with its unit
 * @property {string} [against] what it is held against, with its unit
 * @property {number} [ratio] value to baseline
 * @property {string} [target] as it is said
 * @property {boolean} [met]
 */

const COLUMNS = [
  ['what', 44],
  ['readyd', 12],
  ['against', 42],
  ['ratio', 5],
  ['target', 10],
  ['', 4],
];

export function printHeading() {
  print(COLUMNS.map(([title]) => title));
  print(COLUMNS.map(([, width]) => '-'.repeat(width)));
}

/** @param {Row} row */
export function printRow({ what, value, against = '', ratio, target = '', met }) {
  const verdict = met === undefined ? '' : met ? 'met' : 'MISS';
  print([what, value, against, ratio === undefined ? '' : ratio.toFixed(2), target, verdict]);
}

function print(cells) {
  console.log(`| ${cells.map((cell, index) => cell.padEnd(COLUMNS[index][1])).join(' | ')} |`);
}

/** Nanoseconds in the unit that people would choose. */
export function time(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 1_000_000) return `${(nanoseconds / 1000).toFixed(2)} µs`;
  return `${(nanoseconds / 1_000_000).toFixed(2)} ms`;
}

/** A row whose value is held against that of a baseline. */
export function ratioRow({ what, value, against, baseline, target }) {
  const ratio = value / baseline;
  const row = { what, value: time(value), against: `${against} ${time(baseline)}`, ratio };
  return target === undefined ? row : { ...row, target: `≤ ${target}`, met: ratio <= target };
}

/** For each of the results two rows, by the clock and by processor time; the targets are by the clock. */
export function ratioRows(results, against, baseline, targets) {
  return Object.entries(results).flatMap(([what, { wall, cpu }]) => [
    ratioRow({ what, value: wall, against, baseline: baseline.wall, target: targets[what] }),
    ratioRow({ what: `${what}, processor`, value: cpu, against, baseline: baseline.cpu }),
  ]);
}

/** A row whose value is held against a limit. */
export function limitRow({ what, value, format = time, against = '', limit }) {
  return { what, value: format(value), against, target: `≤ ${format(limit)}`, met: value <= limit };
}
