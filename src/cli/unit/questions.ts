// Asks a few questions on a terminal if no flags were given. The answers become flags, so that both ways share one code
// path, and the equivalent command line can be shown.

import { parseFlags } from './command-line.ts';
import { parseListen } from './listen-address.ts';
import { checkName, parseTime, parseYes } from './parts.ts';
import { UsageError } from './usage.ts';

/** Shows a question and resolves to the typed line. */
export type Ask = (question: string) => Promise<string>;

interface Question {
  readonly text: string;
  /** The flags for an answer; throws a UsageError for an invalid one. */
  flags(answer: string): string[];
}

const QUESTIONS: readonly Question[] = [
  {
    text: 'Which program? ',
    flags(answer) {
      if (answer === '') throw new UsageError('the path of a JavaScript file');
      return ['--', answer];
    },
  },
  {
    text: 'What is the service called? [after the program] ',
    flags: (answer) => (answer === '' ? [] : ['--name', checkName('--name', answer)]),
  },
  {
    text: 'Where does it listen, such as 8080 or web=127.0.0.1:8080? [nowhere] ',
    flags(answer) {
      const addresses = answer.split(/[\s,]+/).filter((address) => address !== '');
      for (const address of addresses) parseListen(address);
      return addresses.flatMap((address) => ['--listen', address]);
    },
  },
  {
    text: 'After how long is it to be restarted when it hangs? [30s] ',
    flags: (answer) => (/^no(ne)?$/i.test(answer) ? [] : ['--watchdog', parseTime('--watchdog', answer || '30s')]),
  },
  { text: 'Does it reload on SIGHUP? [no] ', flags: (answer) => (parseYes(answer, false) ? ['--reload'] : []) },
  { text: 'Does it keep files? [no] ', flags: (answer) => (parseYes(answer, false) ? ['--state='] : []) },
  {
    text: 'Into which folder do the files go? [show them] ',
    flags: (answer) => (answer === '' ? [] : ['--output', answer]),
  },
];

/** Repeats a question after an invalid answer. Resolves to the arguments for the answers. */
export async function askForUnit(ask: Ask, say: (line: string) => void): Promise<string[]> {
  const args: string[] = [];
  let program: string[] = [];
  for (const question of QUESTIONS) {
    const flags = await answerOf(question, ask, say);
    if (flags[0] === '--') program = flags;
    else args.push(...flags);
  }
  parseFlags([...args, ...program]);
  return [...args, ...program];
}

async function answerOf(question: Question, ask: Ask, say: (line: string) => void): Promise<string[]> {
  for (;;) {
    try {
      return question.flags((await ask(question.text)).trim());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      say(`  ${error.message}`);
    }
  }
}
