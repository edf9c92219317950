// Colours for `readyd run` on a terminal. Pure.
import type { Daemon } from '../../manager/daemon.ts';
import type { Phase } from '../../manager/service-state.ts';
import { formatEvent, type TimelineEvent } from '../../manager/timeline.ts';
import { printable } from '../../printable-text.ts';
import { eventLines } from './event-lines.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
type Style = keyof typeof CODES;

/** https://no-color.org */
function paint(style: Style, text: string): string {
  return process.env.NO_COLOR || text === '' ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

const SOURCES: Readonly<Record<TimelineEvent['source'], Style>> = {
  manager: 'dim',
  service: 'green',
  stdout: 'cyan',
  stderr: 'cyan',
  journal: 'cyan',
};
/** emergency … debug */
const PRIORITIES: readonly (Style | undefined)[] = ['red', 'red', 'red', 'red', 'yellow', 'bold', undefined, 'dim'];

/** One line, or several for a message of several lines. */
export function paintEvent(event: TimelineEvent): string {
  const { at, source, text, entry } = event;
  const head = formatEvent({ at, source, text: '' });
  const { message, fields, below } = eventLines(text, entry);
  const style = entry === undefined ? (source === 'manager' ? 'dim' : undefined) : PRIORITIES[entry.priority];
  const indent = `\n${' '.repeat(head.length)}`;
  const lines = message.map((line) => (style === undefined ? printable(line) : paint(style, printable(line))));
  const facts = fields.map(([name, value]) => ` ${paint('dim', `${name}=`)}${printable(value)}`);
  const rest = below.map((line) => `${indent}${paint('dim', printable(line))}`);
  return `${paint(SOURCES[source], head)}${lines.join(indent)}${facts.join('')}${rest.join('')}`;
}

/** The same without colours. */
export function plainEvent({ at, source, text, entry }: TimelineEvent): string {
  const head = formatEvent({ at, source, text: '' });
  const { message, fields, below } = eventLines(text, entry);
  const [first = '', ...more] = message;
  const facts = fields.map(([name, value]) => ` ${name}=${value}`).join('');
  // Fields follow the last line of the message.
  const lines = more.length === 0 ? [`${first}${facts}`] : [first, ...more.slice(0, -1), `${more.at(-1)}${facts}`];
  return [...lines, ...below]
    .map((line, index) => `${index === 0 ? head : ' '.repeat(head.length)}${printable(line)}`)
    .join('\n');
}

const DOTS: Readonly<Record<Phase, Style>> = {
  starting: 'yellow',
  running: 'green',
  reloading: 'blue',
  stopping: 'yellow',
  ended: 'red',
};
const KEYS = 'r reload  R restart  q stop';

/** The line at the bottom: at most one row, because a wrapped line could not be erased. */
export function statusLine(daemon: Daemon, columns: number): string {
  const { phase, subState, status, pid, restarts, watchdogLeft, stored } = daemon;
  const facts = [
    phase === 'ended' ? daemon.result : `pid ${pid}`,
    ...(watchdogLeft === undefined ? [] : [`watchdog ${Math.round(watchdogLeft / 100) / 10} s`]),
    ...(stored.length === 0 ? [] : [`${stored.length} stored`]),
    ...(restarts === 0 ? [] : [`restarted ${restarts}×`]),
  ].join('  ');
  // The last column stays empty: some terminals wrap after it.
  const room = columns - 1 - `● ${subState}  ${facts}`.length;
  const keys = room < KEYS.length + 2 ? '' : `  ${KEYS}`;
  const said = clip(printable(status), room - keys.length - 2);
  const rest = clip(`${said === '' ? '' : `  ${said}`}  ${facts}`, columns - 1 - `● ${subState}`.length);
  const state = clip(subState, columns - 3);
  return `${paint(DOTS[phase], '●')}${state === '' ? '' : ` ${paint('bold', state)}`}${rest}${paint('dim', keys)}`;
}

/** The start of a text that fits into `room` columns. */
function clip(text: string, room: number): string {
  let used = 0;
  let fitting = '';
  for (const character of text) {
    used += widthOf(character);
    if (used > room) break;
    fitting += character;
  }
  return fitting;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many columns a character takes. */
function widthOf(character: string): number {
  if (/\p{Mark}|\p{Format}/u.test(character)) return 0;
  return WIDE.test(character) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}
