// `$NAME` and `${NAME}` in the arguments of a command, as they are when it is run: systemd.service(5), "Command Lines".
// Pure.
import { isSpace } from './assignments.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces variables. `$NAME` as a whole argument, quoted or not, becomes the words of its value; `${NAME}` is replaced
 * inside an argument; `$$` is a dollar sign. An unset variable is empty, and as a whole argument it becomes no word.
 */
export function expandVariables(argv: readonly string[], env: Environment): string[] {
  return argv.flatMap((argument) => {
    if (!/^\$(?![{$])/.test(argument)) return [expandWithin(argument, env)];
    return splitValue(lookUp(argument.slice(1), env));
  });
}

/** `${` without a closing `}`, or followed by `:`, stays unchanged. */
function expandWithin(argument: string, env: Environment): string {
  let text = '';
  let at = 0;
  for (let dollar = argument.indexOf('$'); dollar >= 0; dollar = argument.indexOf('$', at)) {
    text += argument.slice(at, dollar);
    const next = argument.charAt(dollar + 1);
    const end = next === '{' ? argument.indexOf('}', dollar) : -1;
    const name = argument.slice(dollar + 2, end);
    if (next === '$') [text, at] = [`${text}$`, dollar + 2];
    else if (next === '{' && end < 0) return text + argument.slice(dollar);
    else if (next === '{' && !name.includes(':')) {
      text += lookUp(name, env);
      at = end + 1;
    } else [text, at] = [`${text}$`, dollar + 1];
  }
  return text + argument.slice(at);
}

function lookUp(name: string, env: Environment): string {
  return (Object.hasOwn(env, name) ? env[name] : undefined) ?? '';
}

/** Quotes also count in a value; an unclosed quote ends with the value. Backslashes are removed. */
function splitValue(value: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (quote === '' && isSpace(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === '\\') {
      at += 1;
      word += value.charAt(at);
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else word += character;
  }
  return word === undefined ? words : [...words, word];
}
