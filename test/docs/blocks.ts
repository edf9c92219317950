// The code in the documents.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../systemd/boot.ts';

export interface Block {
  /** `README.md:12` */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** The heading above it. */
  readonly heading: string;
}

/** All Markdown files that show code: the README, docs/, and those of the examples. */
export function documents(): string[] {
  const root = packageRoot();
  const found = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  return ['README.md', ...found.filter((path) => path.endsWith('.md') && !path.includes('node_modules'))];
}

export function blocks(document: string, language: string): Block[] {
  const text = readFileSync(join(packageRoot(), document), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .map((match) => ({
      place: `${document}:${text.slice(0, match.index).split('\n').length}`,
      language: match[1] ?? '',
      code: match[2] ?? '',
      heading: [...text.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
    }))
    .filter((block) => block.language === language);
}

/** A unit file in a document. */
export interface Unit {
  readonly place: string;
  readonly name: string;
  readonly content: string;
}

/** Each file of a block: `# /etc/systemd/system/app.service` names it, or its sections do. */
export function unitsOf(document: string): Unit[] {
  return blocks(document, 'ini').flatMap(({ place, code }) =>
    code.split(/^(?=# \S+\.\w+$)/m).map((content) => {
      const named = /^# (?:\S*\/)?(\S+\.\w+)$/m.exec(content)?.[1];
      return { place, name: named ?? (content.includes('[Socket]') ? 'app.socket' : 'app.service'), content };
    }),
  );
}
