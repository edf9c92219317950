// Asks a few questions on a terminal if no flags were given: first for the program, then only for what that program supports.
// The answers become flags, so that both ways share one code path, and the equivalent command line can be shown.

import { parseFlags } from './command-line.ts';
import { parseListen } from './listen-address.ts';
import { checkName, parseTime, parseYes } from './parts.ts';
import type { Speech } from './speech.ts';
import { UsageError } from './usage.ts';

/** Shows a question and resolves to the typed line. */
export type Ask = (question: string) => Promise<string>;

/** Examines a program; throws a UsageError for one that a service cannot run. */
export type Look = (program: string) => Speech;

interface Question {
  readonly text: string;
  /** What the program must support; without it, `instead` is shown. */
  readonly needs?: keyof Speech;
  readonly instead?: string;
  /** The flags for an answer; throws a UsageError for an invalid one. */
  flags(answer: string): string[];
}

const QUESTIONS: readonly Question[] = [
  {
    text: 'What is the service called? [after the program] ',
    flags: (answer) => (answer === '' ? [] : ['--name', checkName('--name', answer)]),
  },
  {
    text: 'Where does it listen, such as 8080 or web=127.0.0.1:8080? [nowhere] ',
    needs: 'sockets',
    instead: 'it takes no socket from systemd: no .socket (listen() of readyd takes one)',
    flags(answer) {
      const addresses = answer.split(/[\s,]+/).filter((address) => address !== '');
      for (const address of addresses) parseListen(address);
      return addresses.flatMap((address) => ['--listen', address]);
    },
  },
  {
    text: 'After how long is it to be restarted when it hangs? [30s] ',
    needs: 'watchdog',
    instead: 'it sends no watchdog pings: no WatchdogSec= (watchdog() of readyd sends them)',
    flags: (answer) => (/^no(ne)?$/i.test(answer) ? [] : ['--watchdog', parseTime('--watchdog', answer || '30s')]),
  },
  {
    text: 'Does it reload on SIGHUP? [no] ',
    needs: 'reload',
    instead: 'it does not handle SIGHUP: no reload (reload() of readyd does)',
    flags: (answer) => (parseYes(answer, false) ? ['--reload'] : []),
  },
  { text: 'Does it keep files? [no] ', flags: (answer) => (parseYes(answer, false) ? ['--state='] : []) },
  {
    text: 'Into which folder do the files go? [show them] ',
    flags: (answer) => (answer === '' ? [] : ['--output', answer]),
  },
];

/** For a program without READY: systemd cannot see when a server has started, or whether it is one. */
const KIND: Question = {
  text: 'It does not send READY. Is it a server, or a job that ends when its work is done? [server] ',
  flags(answer) {
    if (answer === '' || answer === 'server') return [];
    if (answer === 'job') return ['--type', 'oneshot'];
    throw new UsageError('server or job?');
  },
};

/** Repeats a question after an invalid answer. Resolves to the arguments for the answers. */
export async function askForUnit(ask: Ask, say: (line: string) => void, look: Look): Promise<string[]> {
  const args: string[] = [];
  const { program, speech } = await askForProgram(ask, say, look);
  if (speech.ready) say('  it sends READY: Type=notify');
  else args.push(...(await answerOf(KIND, ask, say)));
  for (const question of QUESTIONS) {
    if (question.needs === undefined || speech[question.needs]) args.push(...(await answerOf(question, ask, say)));
    else say(`  ${question.instead}`);
  }
  args.push('--', program);
  parseFlags(args);
  return args;
}

async function askForProgram(
  ask: Ask,
  say: (line: string) => void,
  look: Look,
): Promise<{ readonly program: string; readonly speech: Speech }> {
  for (;;) {
    const program = (await ask('Which program? ')).trim();
    try {
      if (program === '') throw new UsageError('the path of a JavaScript file');
      return { program, speech: look(program) };
    } catch (error) {
      sayUsage(error, say);
    }
  }
}

async function answerOf(question: Question, ask: Ask, say: (line: string) => void): Promise<string[]> {
  for (;;) {
    const answer = (await ask(question.text)).trim();
    try {
      return question.flags(answer);
    } catch (error) {
      sayUsage(error, say);
    }
  }
}

function sayUsage(error: unknown, say: (line: string) => void): void {
  if (!(error instanceof UsageError)) throw error;
  say(`  ${error.message}`);
}
