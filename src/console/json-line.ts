// Converts a JSON line of pino, bunyan or winston to an entry with its own level and fields. Pure.
import type { AdapterEntry } from '../adapters/entry.ts';
import { levelOfName } from '../adapters/level-names.ts';
import { type LineFormat, readLine } from '../adapters/pino-line.ts';

/** A line without these does not come from a logger. */
const LEVEL = /"level":\s?(?:\d{1,3}|"([A-Za-z]{2,16})")\s?[,}]/;
const MESSAGE = /"(msg|message)":\s?"/;

/** The level numbers of pino and bunyan. */
const LABELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const COMMON = { errorKey: 'err', nestedKey: undefined, labels: LABELS, priorities: {} } as const;
const FORMATS: Readonly<Record<string, LineFormat>> = {
  msg: { ...COMMON, messageKey: 'msg' },
  message: { ...COMMON, messageKey: 'message' },
};
/** The end of every bunyan line: the version of the format. The journal needs neither it nor bunyan's time. */
const BUNYAN = /"v":0\}$/;

/** Undefined if the text is not a line of a logger. */
export function readJsonLine(text: string): AdapterEntry | undefined {
  if (text.charCodeAt(0) !== 0x7b || !text.endsWith('}')) return undefined;
  const level = LEVEL.exec(text);
  const format = FORMATS[MESSAGE.exec(text)?.[1] ?? ''];
  if (level === null || format === undefined) return undefined;
  if (level[1] !== undefined && levelOfName(level[1]) === undefined) return undefined;
  const entry = readLine(text, format);
  // Only invalid JSON is returned unchanged.
  if (entry.message === text) return undefined;
  return BUNYAN.test(text) ? withoutBunyans(entry) : entry;
}

function withoutBunyans(entry: AdapterEntry): AdapterEntry {
  const { time: _, v: __, ...fields } = entry.fields;
  return { ...entry, fields };
}
