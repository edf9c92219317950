// Draws docs/service-life-cycle.svg, for light and dark pages: node scripts/draw-life-cycle.js
import { writeFileSync } from 'node:fs';

const WIDTH = 960;
const HEIGHT = 370;
const BOX = { width: 150, height: 56 };

/** The states of a service: which function runs in each, and which message repeats in it. */
const STATES = {
  starting: { at: [24, 50], calls: 'start()', says: 'EXTEND_TIMEOUT_USEC=' },
  running: { at: [278, 50], calls: 'status(), checks', says: 'STATUS=  WATCHDOG=1' },
  stopping: { at: [532, 50], calls: 'stop()', says: 'EXTEND_TIMEOUT_USEC=' },
  ended: { at: [786, 50], calls: 'exit code 0' },
  reloading: { at: [278, 220], calls: 'reload()', says: 'EXTEND_TIMEOUT_USEC=' },
  failed: { at: [786, 220], calls: 'exit code 1' },
};

/** The transitions: their reason, and the message to the service manager. */
const STEPS = [
  { path: right('starting', 'running'), label: between('starting', 'running'), why: 'done', says: ['READY=1'] },
  {
    path: right('running', 'stopping'),
    label: between('running', 'stopping'),
    why: 'SIGTERM',
    says: ['STOPPING=1'],
  },
  { path: right('stopping', 'ended'), label: between('stopping', 'ended'), why: 'done', says: ['BARRIER=1'] },
  {
    path: [
      [318, 106],
      [318, 220],
    ],
    label: { x: 308, y: 148, anchor: 'end' },
    why: 'SIGHUP',
    says: ['RELOADING=1', 'MONOTONIC_USEC='],
  },
  {
    path: [
      [388, 220],
      [388, 106],
    ],
    label: { x: 398, y: 148, anchor: 'start' },
    why: 'done, or failed',
    says: ['READY=1', '(STATUS=  ERRNO=)'],
  },
  {
    path: [
      [99, 126],
      [99, 326],
      [861, 326],
      [861, 276],
    ],
    label: { x: 480, y: 302, anchor: 'middle' },
    why: 'start() or stop() failed, an uncaught error: logged with its stack',
    says: ['STATUS=  ERRNO=  (STOPPING=1)'],
  },
  {
    path: [
      [607, 126],
      [607, 248],
      [786, 248],
    ],
  },
];

function middle(name) {
  const [x, y] = STATES[name].at;
  return { left: x, right: x + BOX.width, y: y + BOX.height / 2 };
}

function right(from, to) {
  return [
    [middle(from).right, middle(from).y],
    [middle(to).left, middle(to).y],
  ];
}

function between(from, to) {
  return { x: (middle(from).right + middle(to).left) / 2, y: middle(from).y - 24, anchor: 'middle' };
}

function text(x, y, content, { anchor = 'middle', style }) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" class="${style}">${content}</text>`;
}

function drawState([name, { at, calls, says }]) {
  const [x, y] = at;
  const center = x + BOX.width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8" class="${name === 'failed' ? 'bad' : 'state'}"/>`,
    text(center, y + 24, name, { style: 'name' }),
    text(center, y + 43, calls, { style: 'call' }),
    // Above the state where lines leave it below.
    ...(says === undefined
      ? []
      : [text(center, name === 'running' ? y - 10 : y + BOX.height + 16, says, { style: 'message' })]),
  ];
}

function drawStep({ path, label, why, says }) {
  const line = `<path d="M${path.map((point) => point.join(' ')).join(' L')}" marker-end="url(#arrow)"/>`;
  if (label === undefined) return [line];
  const { x, y, anchor } = label;
  // The reason stands above the line, the message below it; beside a vertical line, one below the other.
  const gap = anchor === 'middle' ? 32 : 16;
  return [
    line,
    text(x, y + (anchor === 'middle' ? 14 : 0), why, { anchor, style: 'why' }),
    ...says.map((message, index) =>
      text(x, y + gap + 8 + index * 15 - (anchor === 'middle' ? 0 : 8), message, { anchor, style: 'message' }),
    ),
  ];
}

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .name { font-weight: 600; font-size: 15px; }
    .call, .message { font: 12px ui-monospace, monospace; }
    .message { fill: #0550ae; }
    .why { fill: #57606a; }
    path { fill: none; stroke: #57606a; stroke-width: 1.5; }
    marker path { fill: #57606a; stroke: none; }
    rect { stroke-width: 1.5; }
    .state { fill: #ddf4ff; stroke: #0969da; }
    .bad { fill: #ffebe9; stroke: #cf222e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .message { fill: #79c0ff; }
      .why { fill: #9198a1; }
      path { stroke: #9198a1; }
      marker path { fill: #9198a1; }
      .state { fill: #121d2f; stroke: #4493f8; }
      .bad { fill: #25171c; stroke: #f85149; }
    }`;

/** The picture as text. */
export function drawLifeCycle() {
  const parts = [...Object.entries(STATES).flatMap(drawState), ...STEPS.flatMap(drawStep)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">The life of a service: starting, running, reloading, stopping, ended, failed</title>
  <style>${STYLE}
  </style>
  <defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z"/></marker></defs>
  ${parts.join('\n  ')}
</svg>
`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../docs/service-life-cycle.svg', import.meta.url), drawLifeCycle());
}
