// Two charts side by side, both axes logarithmic: a cost that grows linearly ends in a line that rises at 45 degrees.
import { time } from './table.js';

const WIDTH = 380;
const HEIGHT = 260;
const LEFT = 70;
const TOP = 40;
const GAP = 90;
const COLOR = { datagram: '#3b82f6', memfd: '#ea580c' };
// For light and dark pages.
const STYLE = `<style>
text { fill: #24292f } .end { fill: #c2410c }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .end { fill: #fb923c } }
</style>`;

/** @param {Record<'fields' | 'bytes', { size: number, wall: number, memfd: boolean }[]>} results */
export function plot({ fields, bytes }) {
  const width = LEFT + 2 * WIDTH + GAP + 30;
  const height = TOP + HEIGHT + 60;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>What an entry costs by its fields and by its bytes</title>
${STYLE}
${chart(fields, LEFT, 'fields')}
${chart(bytes, LEFT + WIDTH + GAP, 'bytes')}
</svg>
`;
}

function chart(points, left, unit) {
  const x = axis(points.map(({ size }) => size));
  const y = axis(points.map(({ wall }) => wall));
  const at = ({ size, wall }) => [left + x.share(size) * WIDTH, TOP + HEIGHT - y.share(wall) * HEIGHT];
  const line = points
    .map((point) =>
      at(point)
        .map((value) => value.toFixed(1))
        .join(','),
    )
    .join(' ');
  const dots = points.map((point) => {
    const [cx, cy] = at(point).map((value) => value.toFixed(1));
    return `<circle cx="${cx}" cy="${cy}" r="4" fill="${point.memfd ? COLOR.memfd : COLOR.datagram}"/>`;
  });
  return [
    `<text x="${left}" y="${TOP - 18}" font-weight="bold">time of an entry by its ${unit}</text>`,
    ...y.ticks.map((value) => horizontal(left, TOP + HEIGHT - y.share(value) * HEIGHT, time(value))),
    ...x.ticks.map((value) => vertical(left + x.share(value) * WIDTH, value.toLocaleString('en'))),
    `<polyline points="${line}" fill="none" stroke="#94a3b8" stroke-width="1.5"/>`,
    ...dots,
    ...threshold(points, (size) => left + x.share(size) * WIDTH),
  ].join('\n');
}

/** The size between the last entry sent as a datagram and the first sent as a sealed file. */
function threshold(points, at) {
  const first = points.findIndex(({ memfd }) => memfd);
  if (first <= 0) return [];
  const x = ((at(points[first - 1].size) + at(points[first].size)) / 2).toFixed(1);
  return [
    `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="${COLOR.memfd}" stroke-dasharray="4 3"/>`,
    `<text x="${x}" y="${TOP + 12}" dx="-6" text-anchor="end" class="end">sealed file from here</text>`,
  ];
}

function axis(values) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { ticks, share: (value) => (Math.log10(value) - low) / (high - low) };
}

function horizontal(left, y, label) {
  return `<line x1="${left}" x2="${left + WIDTH}" y1="${y}" y2="${y}" stroke="#94a3b8" stroke-opacity="0.4"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`;
}

function vertical(x, label) {
  return `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="#94a3b8" stroke-opacity="0.4"/><text x="${x}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${label}</text>`;
}
