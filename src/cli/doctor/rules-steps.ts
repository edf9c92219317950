// The steps that systemd performs before a program runs, and why they fail. systemd.exec(5), Process Exit Codes
import type { ServiceEnding } from './ending.ts';
import { seen } from './ending.ts';
import { type Facts, type Finding, hiddenBy, writtenValue } from './facts.ts';
import { shellWords } from './shell-words.ts';

interface Step {
  readonly name: string;
  /** The properties of this step; the first that is set is the evidence. */
  readonly settings: readonly string[];
  why: string | ((facts: Facts, ending: ServiceEnding) => string);
  change(facts: Facts, ending: ServiceEnding): string;
}

const show = (facts: Facts, name: string): string => facts.unit?.[name] ?? '';

/** systemd.exec(5): by exit code. */
const STEPS: Readonly<Record<number, Step>> = {
  200: {
    name: 'CHDIR',
    settings: ['WorkingDirectory'],
    why: (facts) => {
      const kind = facts.kinds[folderOf(facts)];
      if (kind === 'folder')
        return hiddenBy(facts, folderOf(facts)) ?? 'the user of the service may not enter that folder';
      return kind === 'file' ? 'it is not a folder' : 'the working directory is not there';
    },
    change: (facts) => {
      const folder = folderOf(facts);
      if (facts.kinds[folder] !== 'folder') return `mkdir -p ${folder}, or correct WorkingDirectory=`;
      return hiddenBy(facts, folder) === undefined
        ? `chmod o+x ${folder} and the folders above it, or User= of their owner`
        : `ProtectHome=read-only, or move ${folder} out of the homes`;
    },
  },
  203: {
    name: 'EXEC',
    settings: [],
    why: (_, { command }) =>
      shellWords(command).length > 0
        ? `systemd starts programs without a shell, and only a shell understands ${shellWords(command).join(' and ')}`
        : 'the program of the command cannot be executed',
    change: changeExec,
  },
  209: {
    name: 'STDOUT',
    settings: ['StandardOutput'],
    why: 'systemd cannot open the file that stdout goes to',
    change: () => 'StandardOutput=journal, or make the folder of that file',
  },
  216: {
    name: 'GROUP',
    settings: ['Group', 'SupplementaryGroups'],
    why: 'there is no such group',
    change: (facts) => {
      const setting = show(facts, 'Group') === '' ? 'SupplementaryGroups' : 'Group';
      return `groupadd --system ${show(facts, setting)}, or correct ${setting}=`;
    },
  },
  217: {
    name: 'USER',
    settings: ['User'],
    why: 'there is no such user',
    change: (facts) => `useradd --system ${show(facts, 'User')}, or DynamicUser=yes in place of User=`,
  },
  226: {
    name: 'NAMESPACE',
    settings: [
      'ReadWritePaths',
      'ReadOnlyPaths',
      'BindPaths',
      'BindReadOnlyPaths',
      'InaccessiblePaths',
      'RootDirectory',
    ],
    why: 'a path of the sandbox is not there',
    change: (_, ending) => {
      const path = ending.log.concat(ending.words).map((line) => NAMESPACE.exec(line)?.[1]);
      const missing = path.find((one) => one !== undefined)?.replace(/^\/run\/systemd\/(unit-root|mount-rootfs)/, '');
      return missing === undefined
        ? 'make each path of ReadWritePaths=, BindPaths= and the like, or write a - before it'
        : `mkdir -p ${missing}, or write a - before that path in the unit`;
    },
  },
  228: {
    name: 'SECCOMP',
    settings: ['SystemCallFilter'],
    why: 'the kernel does not take the filter of system calls',
    change: () => 'SystemCallFilter=@system-service @pkey',
  },
  238: {
    name: 'STATE_DIRECTORY',
    settings: ['StateDirectory'],
    why: 'systemd cannot make the folder in /var/lib',
    change: (facts) => `remove what is at /var/lib/${show(facts, 'StateDirectory').split(' ')[0]} and is not a folder`,
  },
  243: {
    name: 'CREDENTIALS',
    settings: ['LoadCredential', 'LoadCredentialEncrypted', 'SetCredentialEncrypted'],
    why: 'systemd cannot read a credential',
    change: (facts) => {
      const path = facts.absent.find(({ setting }) => setting.startsWith('LoadCredential'))?.path;
      return path === undefined ? 'correct LoadCredential=' : `make ${path}, or correct LoadCredential=`;
    },
  },
};

const folderOf = (facts: Facts): string => show(facts, 'WorkingDirectory').replace(/^!/, '');

const NAMESPACE = /Failed to set up mount namespacing: (\/[^:]*): No such file/;
function changeExec(facts: Facts, ending: ServiceEnding): string {
  const path = ending.command?.path ?? '';
  const fault = facts.faults[path];
  const hidden = hiddenBy(facts, path) !== undefined;
  if (shellWords(ending.command).length > 0)
    return `WorkingDirectory=, Environment= and StandardOutput= in place of shell commands, or ${ending.command?.setting}=/bin/sh -c '…'`;
  if (fault === 'absent') return `install ${path}, or correct ${ending.command?.setting}=`;
  if (fault === 'folder') return `name the program in ${ending.command?.setting}=: ${path} is a folder`;
  if (fault === 'mode') return `chmod +x ${path}, and on every folder above it`;
  if (fault === 'format') return `put #!/usr/bin/env node into the first line of ${path}`;
  if (fault !== undefined) return `correct the first line (#!) of ${path}: ${fault} is not there`;
  if (hidden) return `ProtectHome=no, or install it outside of homes: ProtectHome=yes hides ${path}`;
  if (show(facts, 'NoExecPaths') !== '')
    return `ExecPaths=${path}: NoExecPaths=${show(facts, 'NoExecPaths')} does not allow it`;
  return `let ${show(facts, 'User') || 'the user of the service'} read and execute ${path}`;
}

/** Undefined if the command itself has run. */
export function stepFinding(ending: ServiceEnding, facts: Facts): Finding | undefined {
  const step = ending.code === 'exited' ? STEPS[ending.status] : undefined;
  if (step === undefined) return undefined;
  const { command } = ending;
  const set = step.settings.find(
    (name) => !['', 'no', 'inherit'].includes(writtenValue(facts, name) ?? facts.unit?.[name] ?? ''),
  );
  return {
    id: 'not-executed',
    severity: 'error',
    what: `systemd could not start ${command?.path ?? 'the program'} of ${command?.setting ?? 'ExecStart'}=: ${ending.status}/${step.name}`,
    why: typeof step.why === 'string' ? step.why : step.why(facts, ending),
    evidence:
      set === undefined
        ? seen(ending, /process exited/)
        : `property: ${set}=${writtenValue(facts, set) ?? facts.unit?.[set]}`,
    change: step.change(facts, ending),
  };
}
