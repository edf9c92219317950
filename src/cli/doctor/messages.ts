// The latest messages of a service and of systemd about it.
import { ask, type Request } from './ask.ts';
import type { Message, Properties } from './facts.ts';

const LINES = '400';
const FIELDS =
  'MESSAGE,ERROR_STACK,_PID,_EXE,_SYSTEMD_USER_UNIT,INVOCATION_ID,USER_INVOCATION_ID,_SYSTEMD_INVOCATION_ID,__REALTIME_TIMESTAMP';
const TEXT_MAX = 20_000;

type Entry = Record<string, unknown>;

/** In the order in which they were written. The service's own are in its namespace, those of systemd are not. */
export function messagesOf(request: Request, name: string, unit: Properties | undefined): Message[] {
  const space = unit?.LogNamespace ?? '';
  // What was written a moment ago is not in the files yet; for root alone.
  if (process.geteuid?.() === 0 && unit !== undefined) {
    for (const where of space === '' ? [[]] : [[], [`--namespace=${space}`]]) ask('journalctl', ['--sync', ...where]);
  }
  const own = space === '' ? [] : read(request, name, [`--namespace=${space}`]);
  const all = [...read(request, name, []), ...own];
  if (own.length > 0) all.sort((a, b) => Number(a.__REALTIME_TIMESTAMP) - Number(b.__REALTIME_TIMESTAMP));
  return all.map(messageOf);
}

function read({ user }: Request, name: string, more: readonly string[]): Entry[] {
  const select = user ? ['--user', '--user-unit'] : ['--unit'];
  const args = ['--output=json', `--output-fields=${FIELDS}`, '--no-pager', '--quiet', '--boot', '--lines', LINES];
  const query = [...args, ...more, ...select, name];
  // Without --all a field of more than 4 KiB is left out: better than nothing, where they are too large together.
  const text = ask('journalctl', ['--all', ...query]) ?? ask('journalctl', query) ?? '';
  return text.split('\n').flatMap((line): Entry[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Entry]; // journalctl's documented output
    } catch {
      return [];
    }
  });
}

function messageOf(entry: Entry): Message {
  const fromManager = isManager(entry);
  // Only what systemd says of another can be believed: a service may write any field without a `_` before it.
  const told = fromManager ? (entry.INVOCATION_ID ?? entry.USER_INVOCATION_ID) : undefined;
  const run = told ?? entry._SYSTEMD_INVOCATION_ID;
  // An entry of journal() has the stack in a field.
  const stack = fromManager || entry.ERROR_STACK == null ? '' : `\n${textOf(entry.ERROR_STACK)}`;
  return {
    text: `${textOf(entry.MESSAGE)}${stack}`.slice(0, TEXT_MAX),
    fromManager,
    run: typeof run === 'string' ? run : '',
  };
}

/** By fields that journald itself adds: the process 1, the manager of a user, or what either has forked to start a program. */
function isManager({ _PID, _EXE, _SYSTEMD_USER_UNIT }: Entry): boolean {
  const binary = typeof _EXE === 'string' && /^(\/usr)?\/lib\/systemd\/systemd(-executor)?$/.test(_EXE);
  return _PID === '1' || (binary && (_SYSTEMD_USER_UNIT === 'init.scope' || _SYSTEMD_USER_UNIT === undefined));
}

/** Text that is not valid UTF-8, or has control characters, comes as bytes; a field that is there twice as a list. */
function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return '';
  return typeof message[0] === 'number' ? Buffer.from(message as number[]).toString() : textOf(message[0]);
}
