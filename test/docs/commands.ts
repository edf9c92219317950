// The commands that a document shows with their output, and the comparison of that with what they print.
import { expect } from 'vitest';
import { blocks } from './blocks.ts';

export interface Command {
  readonly place: string;
  readonly line: string;
  readonly output: string;
}

/** The commands of a page, each with the lines that follow it. */
export function commandsOf(document: string): Command[] {
  return ['text', 'console'].flatMap((language) =>
    blocks(document, language)
      .filter(({ code }) => code.startsWith('$ '))
      .flatMap(({ place, code }) =>
        code
          .split(/^\$ /m)
          .slice(1)
          .map((part): Command => {
            const [line = '', ...output] = part.split('\n');
            return { place, line, output: output.join('\n') };
          }),
      ),
  );
}

const NODE = '/usr/bin/node';

/** The text without the parts that differ between runs: times, pids, names of machines. */
function steady(text: string): string {
  return text
    .replaceAll(process.execPath, NODE)
    .replaceAll(/\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? UTC/g, 'DAY')
    .replaceAll(/^\w{3} \d\d \d\d:\d\d:\d\d \S+ /gm, 'TIME HOST ')
    .replaceAll(/\b(?:check|server)(?=\[|\.service: )/g, 'shop')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ /g, 'TIME HOST ')
    .replaceAll(/\+\d+\.\d{3} s/g, '+N s')
    .replaceAll(/\[s=[^\]]*\]/g, '[CURSOR]')
    .replaceAll(/\[\d+\]/g, '[PID]')
    .replaceAll(/(_PID=|child |process |main process )\d+/g, '$1PID')
    .replaceAll(/; \d+\w*( \w+)? ago/g, '; AGO')
    .replaceAll(/(Process: |Main PID: |[├└]─|\(pid )\d+/g, '$1PID')
    .replaceAll(/(Invocation: |CPU: )\S+( \d\S*)*/g, '$1…')
    .replaceAll(/\b(worker|from port) \d+\b/g, '$1 N')
    .replaceAll(/^\t"(__\w+|_BOOT_ID)" : .*$/gm, '\t"$1"')
    .replaceAll(/",$/gm, '"')
    .replaceAll(/^.*(?:\/memfd:|socket:\[).*$/gm, (line) => line.replaceAll(/\b\d{4,}\b/g, 'N'))
    .replaceAll(/(?<=\S) +/g, ' ') // The columns of a table are as wide as what is in them.
    .replaceAll(/(blocked for|ends the service in) [\d.]+ m?s/g, '$1 N s')
    .replaceAll(/\(node:[\w/]+:\d+:\d+\)/g, '(node:)')
    .trim();
}

/**
 * Which program wrote a line of the journal, or which field a line of JSON shows. The order of programs is that in which
 * journald has received the lines, and the order of fields is by chance: both differ between runs.
 */
const senderOf = (text: string): string => /^(?:TIME HOST ([\w-]+)\[|\t"\w+")/.exec(text)?.[0] ?? '';

/**
 * The command prints every line of the document, and those of one program in this order. The document may leave lines out.
 */
export function expectShown(output: string, { line, output: documented }: Command): void {
  const printed = steady(output).split('\n');
  const wanted = steady(documented)
    .split('\n')
    .filter((text) => !['', '…'].includes(text.trim()));
  const from = new Map<string, number>();
  const found = wanted.filter((text) => {
    const sender = senderOf(text);
    const at = printed.findIndex((shown, index) => index >= (from.get(sender) ?? 0) && shown.trim() === text.trim());
    if (at !== -1) from.set(sender, at + 1);
    return at !== -1;
  });
  if (found.length < wanted.length) expect(`$ ${line}\n${printed.join('\n')}`).toBe(`$ ${line}\n${wanted.join('\n')}`);
}
