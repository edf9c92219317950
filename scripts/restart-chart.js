// Two charts, one above the other, of the requests during the restart of a service. A point is a request: when it started,
// and how long it waited for its answer. Refused requests are on a separate line.
const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [760, 130, 70, 44, 64];

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; }
    .axis { stroke: #8c959f; stroke-opacity: 0.4; }
    .restart { stroke: #8c959f; stroke-dasharray: 4 3; }
    .answered { fill: #1f883d; }
    .refused { fill: #cf222e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .answered { fill: #3fb950; }
      .refused { fill: #f85149; }
    }`;

function countOf(requests, answered) {
  return requests.filter(([, , wasAnswered]) => wasAnswered === answered).length;
}

function chart({ restarted, requests }, top, title, longest, end) {
  const x = (time) => (LEFT + (time / end) * WIDTH).toFixed(1);
  const y = (wait) => (top + HEIGHT - (wait / longest) * (HEIGHT - 24)).toFixed(1);
  const points = requests.map(([start, finish, answered]) =>
    answered
      ? `<circle cx="${x(start)}" cy="${y(finish - start)}" r="3" class="answered"/>`
      : `<circle cx="${x(start)}" cy="${top + 8}" r="3" class="refused"/>`,
  );
  const summary = `${countOf(requests, true)} answered, ${countOf(requests, false)} refused`;
  return [
    `<text x="${LEFT}" y="${top - 14}" class="title">${title}: ${summary}</text>`,
    ...[0, longest].map(
      (wait) =>
        `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${y(wait)}" y2="${y(wait)}" class="axis"/><text x="${LEFT - 8}" y="${Number(y(wait)) + 4}" text-anchor="end">${wait} ms</text>`,
    ),
    `<text x="${LEFT - 8}" y="${top + 12}" text-anchor="end">refused</text>`,
    `<line x1="${x(restarted)}" x2="${x(restarted)}" y1="${top}" y2="${top + HEIGHT}" class="restart"/>`,
    `<text x="${x(restarted)}" y="${top + HEIGHT + 18}" text-anchor="middle">systemctl restart</text>`,
    ...points,
  ].join('\n  ');
}

function roundUp(wait) {
  const step = 10 ** Math.floor(Math.log10(wait));
  return Math.ceil(wait / step) * step;
}

/** @param {{ restarted: number, requests: [start: number, end: number, answered: boolean][] }} without */
export function drawRestarts(without, withSocket) {
  const all = [...without.requests, ...withSocket.requests];
  const longest = roundUp(Math.max(...all.map(([start, end]) => end - start)));
  const end = Math.max(...all.map(([start]) => start));
  const height = TOP + 2 * HEIGHT + GAP + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" role="img" aria-labelledby="title">
  <title id="title">Requests during a restart, without and with a socket of systemd</title>
  <style>${STYLE}
  </style>
  ${chart(without, TOP, 'The program binds its port', longest, end)}
  ${chart(withSocket, TOP + HEIGHT + GAP, 'systemd holds the socket', longest, end)}
</svg>
`;
}
