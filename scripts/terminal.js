// Draws what a terminal shows as SVG: text in the reader's own monospace font, on the terminal's dark ground, so that the
// picture looks the same on light and dark pages.
const COLORS = {
  1: '#f0f6fc',
  2: '#8b949e',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  36: '#76e3ea',
};
const [LINE, MARGIN, TOP, ADVANCE] = [19, 18, 58, 8.43];

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The last colour of a sequence such as `0;1;32`; none for a sequence that only resets. */
function colorOf(sequence) {
  const known = sequence.split(';').filter((code) => code in COLORS);
  return known.length === 0 ? '' : COLORS[known.at(-1)];
}

/** `\u001b[32mtext\u001b[0m` as a span in that colour; other sequences and links are left out. */
function spans(row) {
  const plain = row
    .replaceAll(/\u001b\]8;;.*?(?:\u001b\\|\u0007)/g, '')
    .replaceAll(/\u001b\[[\d;:]*[A-LN-Za-ln-z]/g, '');
  let color = '';
  return plain
    .split(/\u001b\[([\d;:]*)m/)
    .map((part, index) => {
      if (index % 2 === 1) {
        color = colorOf(part);
        return '';
      }
      if (part === '') return '';
      return color === '' ? escapeXml(part) : `<tspan fill="${color}">${escapeXml(part)}</tspan>`;
    })
    .join('');
}

/** A prompt with a command, brighter than its output. */
export function prompt(command) {
  return `\u001b[1m$ ${command}\u001b[0m`;
}

/** The rows, with their colours, as a window of that many columns; `label` describes the picture for screen readers. */
export function drawTerminal(rows, { columns, label }) {
  const width = columns * ADVANCE + MARGIN * 2;
  const height = TOP + rows.length * LINE;
  const texts = rows.map((row, index) => `  <text x="${MARGIN}" y="${TOP + index * LINE}">${spans(row)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.round(width)} ${height}" role="img" aria-label="${escapeXml(label)}">
  <style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre }</style>
  <rect width="100%" height="100%" rx="10" fill="#0d1117"/>
  <circle cx="24" cy="22" r="6" fill="#ff5f56"/><circle cx="44" cy="22" r="6" fill="#ffbd2e"/><circle cx="64" cy="22" r="6" fill="#27c93f"/>
${texts.join('\n')}
</svg>
`;
}
