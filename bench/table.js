// The results as a Markdown table, one row a line.
import { median } from './measure/statistics.js';

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} value what was measured, with its unit
 * @property {string} [against] what it is held against, with its unit
 * @property {number} [ratio] value to baseline
 * @property {string} [target] its text
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

/** A row whose value is held against that of a baseline. `ratio` is that of paired rounds, where there are any. */
export function ratioRow({ what, value, against, baseline, ratio = value / baseline, target }) {
  const row = { what, value: time(value), against: `${against} ${time(baseline)}`, ratio };
  return target === undefined ? row : { ...row, target: `≤ ${target}`, met: ratio <= target };
}

/**
 * Two rows for each result: by the clock and by processor time. Each ratio is the median of the ratios of one round, so
 * that a slow moment of the machine changes both sides. The targets are by processor time.
 */
export function ratioRows(results, against, baseline, targets = {}) {
  return Object.entries(results).flatMap(([what, result]) => [
    pairedRow({ what, result, against, baseline, key: 'wall' }),
    pairedRow({ what: `${what}, processor`, result, against, baseline, key: 'cpu', target: targets[what] }),
  ]);
}

/** A row of two results that were measured in the same rounds; `key` is what to compare. */
export function pairedRow({ what, result, against, baseline, key, target }) {
  const ratio = median(result.rounds.map((round, index) => round[key] / baseline.rounds[index][key]));
  return ratioRow({ what, value: result[key], against, baseline: baseline[key], ratio, target });
}

/** A row whose value is held against a limit. */
export function limitRow({ what, value, format = time, against = '', limit }) {
  return { what, value: format(value), against, target: `≤ ${format(limit)}`, met: value <= limit };
}
