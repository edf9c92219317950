// Node runs, and does not find the file that ExecStart= names.
import type { ErrorMatch, ErrorRule } from './error-rule.ts';
import { type Facts, hiddenBy } from './facts.ts';

export const programNotFound: ErrorRule = {
  pattern: /Cannot find module '(\/[^']*)'(?! imported)/,
  find([, path = ''], facts) {
    const words = facts.commands.flatMap(({ argv }) => argv.filter((word) => word !== ''));
    const word = words.find((one) => path === one || path.endsWith(`/${one.replace(/^\.\//, '')}`));
    if (word === undefined) return undefined;
    if (facts.kinds[path] === 'folder')
      return {
        id: 'program-not-found',
        what: `${path} is a folder without a program`,
        why: 'Node looks for index.js in it, or for the file that "main" of its package.json names',
        change: 'name the file of the program in ExecStart=',
      };
    return facts.kinds[path] === 'file' ? notSeen(path, facts) : absent(path, word, facts);
  },
};

export const importNotFound: ErrorRule = {
  pattern: /Cannot find module (?:'(\/[^']*)' imported from (\S+)|'(\.{1,2}\/[^']*)')/,
  find: ([, absolute, given, relative], { program }) => {
    const path = absolute ?? relative ?? '';
    const by = given ?? program?.path ?? 'the program';
    return {
      id: 'import-not-found',
      what: `${by} imports ${path}, which does not exist`,
      why: 'the file was not installed, the build left it out, or the path is misspelled',
      change: `put ${path} there, or correct the import in ${by}`,
    };
  },
};

/** The doctor sees the file. */
function notSeen(path: string, facts: Facts): ErrorMatch {
  const hidden = hiddenBy(facts, path);
  if (hidden !== undefined)
    return {
      id: 'home-hidden',
      what: `the service does not see its program ${path}`,
      why: hidden,
      change: 'ProtectHome=read-only, or move the program out of the homes',
    };
  const user = facts.unit?.User || (facts.unit?.DynamicUser === 'yes' ? 'the user of DynamicUser=' : 'root');
  return {
    id: 'file-not-readable',
    what: `the service does not find its program ${path}, which exists`,
    why:
      user === 'root'
        ? 'a setting such as InaccessiblePaths= hides it, or it was put there after the start'
        : `the service runs as ${user}, which may not enter a folder above it`,
    change:
      user === 'root'
        ? `systemctl restart ${facts.subject}`
        : `chmod o+x on the folders above it, or User= of their owner`,
  };
}

function absent(path: string, word: string, { unit }: Facts): ErrorMatch {
  const isRelative = !word.startsWith('/') && (unit?.WorkingDirectory ?? '') === '';
  return {
    id: 'program-not-found',
    what: `there is no program ${path}`,
    why: isRelative
      ? `ExecStart= names ${word} without a folder, and the unit has no WorkingDirectory=`
      : 'Node was started, and did not find the file of ExecStart=',
    change: isRelative
      ? `the whole path of ${word} in ExecStart=, or WorkingDirectory= with its folder`
      : 'put the program there, or correct the path in ExecStart=',
  };
}
