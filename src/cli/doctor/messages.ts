// The latest messages of a service, and systemd's messages about it.
import { ask, type DoctorRequest } from './ask.ts';
import type { LogMessage, Properties } from './facts.ts';

const LINES = '400';
/** A hostile service can write megabytes in each entry. Ordinary entries take less than a tenth of this. */
const BYTES_MAX = 4 << 20;
const FIELDS =
  'MESSAGE,ERROR_STACK,_PID,_EXE,_SYSTEMD_USER_UNIT,INVOCATION_ID,USER_INVOCATION_ID,_SYSTEMD_INVOCATION_ID,__REALTIME_TIMESTAMP';
const TEXT_MAX = 20_000;

type JournalRow = Record<string, unknown>;

/** In order of writing. The service's messages are in its journal namespace, systemd's are not. */
export function messagesOf(request: DoctorRequest, name: string, unit: Properties | undefined): LogMessage[] {
  const space = unit?.LogNamespace ?? '';
  // Recent messages may not be in the files yet; only root can sync.
  if (process.geteuid?.() === 0 && unit !== undefined) {
    for (const where of space === '' ? [[]] : [[], [`--namespace=${space}`]]) ask('journalctl', ['--sync', ...where]);
  }
  const own = space === '' ? [] : read(request, name, [`--namespace=${space}`]);
  const all = [...read(request, name, []), ...own];
  if (own.length > 0) all.sort((a, b) => Number(a.__REALTIME_TIMESTAMP) - Number(b.__REALTIME_TIMESTAMP));
  return all.map(messageOf);
}

function read({ user }: DoctorRequest, name: string, more: readonly string[]): JournalRow[] {
  const select = user ? ['--user', '--user-unit'] : ['--unit'];
  const args = ['--output=json', `--output-fields=${FIELDS}`, '--no-pager', '--quiet', '--boot', '--lines', LINES];
  const query = [...args, ...more, ...select, name];
  // If the output is too large: without --all, journalctl omits fields above 4 KiB.
  const text = ask('journalctl', ['--all', ...query], BYTES_MAX) ?? ask('journalctl', query) ?? '';
  return text.split('\n').flatMap((line): JournalRow[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalRow]; // journalctl's documented output
    } catch {
      return [];
    }
  });
}

function messageOf(entry: JournalRow): LogMessage {
  const fromManager = isManager(entry);
  // Accepts a claim about another process only from systemd: a service may write any field without a leading `_`.
  const told = fromManager ? (entry.INVOCATION_ID ?? entry.USER_INVOCATION_ID) : undefined;
  const run = told ?? entry._SYSTEMD_INVOCATION_ID;
  // journal() stores the stack in a field.
  const stack = fromManager || entry.ERROR_STACK == null ? '' : `\n${textOf(entry.ERROR_STACK)}`;
  return {
    text: `${textOf(entry.MESSAGE)}${stack}`.slice(0, TEXT_MAX),
    fromManager,
    run: typeof run === 'string' ? run : '',
  };
}

/**
 * Checks only fields that journald adds: process 1, a user's manager, or a child that either has forked to start a
 * program.
 */
function isManager({ _PID, _EXE, _SYSTEMD_USER_UNIT }: JournalRow): boolean {
  const binary = typeof _EXE === 'string' && /^(\/usr)?\/lib\/systemd\/systemd(-executor)?$/.test(_EXE);
  return _PID === '1' || (binary && (_SYSTEMD_USER_UNIT === 'init.scope' || _SYSTEMD_USER_UNIT === undefined));
}

/** Text with invalid UTF-8 or control characters arrives as bytes; a repeated field as an array. */
function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return '';
  return typeof message[0] === 'number' ? Buffer.from(message as number[]).toString() : textOf(message[0]);
}
