// Typical errors of Node programs, by their printed text. The first matching entry is the cause.
import type { ServiceEnding } from './ending.ts';
import { nameOfEnd } from './ending.ts';
import type { ErrorRule } from './error-rule.ts';
import { type Facts, type Finding, property } from './facts.ts';
import { type LastWords, lastWords } from './last-words.ts';
import { NETWORK_ERRORS } from './network-errors.ts';
import { importNotFound, programNotFound } from './program-not-found.ts';
import { PRELOAD_NOT_FOUND, preloadNotFound } from './rules-auto.ts';
import { socketAccepts } from './rules-idle.ts';

const prefixed = (setting: string): boolean => setting !== '' && setting !== 'no';

const ERRORS: readonly ErrorRule[] = [
  ...NETWORK_ERRORS,
  { pattern: PRELOAD_NOT_FOUND, find: ([, path]) => preloadNotFound(path) },
  programNotFound,
  importNotFound,
  {
    pattern: /Cannot find (?:package|module) '((?![./])[^']+)'/,
    find: ([, name = ''], { program, unit }) => ({
      id: 'package-not-found',
      what: `the program imports '${name}', which is not installed`,
      why: 'Node looks for it in node_modules beside the program and above it',
      change: `npm ci in ${program?.path.replace(/\/[^/]*$/, '') || unit?.WorkingDirectory || 'the folder of the program'}`,
    }),
  },
  {
    pattern: /bad option: (\S+)/,
    find: ([, option = '']) => ({
      id: 'node-option-unknown',
      what: `Node does not know the option ${option}`,
      why: 'it is for another version of Node, or belongs behind the name of the program',
      change: `take ${option} out of ExecStart=, or put it behind the program`,
    }),
  },
  {
    pattern: /Unknown file extension "(\.[cm]?tsx?)"/,
    find: ([, extension = '']) => ({
      id: 'typescript-not-supported',
      what: `this Node runs no TypeScript (${extension})`,
      why: 'Node strips types by default since 22.18',
      change: 'a newer Node in ExecStart=, or compile the program',
    }),
  },
  {
    pattern: /EACCES: permission denied, open '([^']+)'/,
    find: ([, path = ''], { unit }) => {
      const user = unit?.User || (unit?.DynamicUser === 'yes' ? 'the user that DynamicUser= makes up' : 'root');
      return {
        id: 'file-not-readable',
        what: `the program may not open ${path}`,
        why: `it runs as ${user}, and the modes of the file or of a folder above it do not allow that`,
        change: `chmod o+r ${path} and chmod o+x on its folders, or change the owner`,
      };
    },
  },
  {
    pattern: /ENOENT: no such file or directory, \w+ '([^'/][^']*)'/,
    find: ([text, path = ''], { unit }, { error }) =>
      error.includes(text)
        ? {
            id: 'file-not-found',
            what: `the program does not find ${path}`,
            why: `it looks in its working directory: WorkingDirectory=${unit?.WorkingDirectory || '/'}`,
            change: `WorkingDirectory= with the folder of ${path}, or a whole path in the program`,
          }
        : undefined,
  },
  {
    pattern: /spawn(?:Sync)? (\S+) ENOENT/,
    find: ([text, command = ''], _, { error }) =>
      error.includes(text)
        ? {
            id: 'command-not-found',
            what: `the program starts ${command}, and it is not there`,
            why: 'it is not installed, or not in the PATH that systemd gives to services; or the folder to start it in is missing',
            change: `install ${command}, or Environment=PATH= with its folder`,
          }
        : undefined,
  },
  {
    pattern: /EROFS: read-only file system, \w+ '([^']+)'/,
    find: ([, path = ''], { unit }) => ({
      id: 'write-not-allowed',
      what: `the program may not write to ${path}`,
      why: `ProtectSystem=${unit?.ProtectSystem ?? ''}: the file system is read-only for the service`,
      change: `StateDirectory=NAME and write to /var/lib/NAME, or ReadWritePaths=${path.replace(/\/[^/]*$/, '') || '/'}`,
    }),
  },
  {
    pattern: /ENOENT: no such file or directory, \w+ '(\/(?:home|root)\/[^']+)'/,
    find: ([, path = ''], { unit }) =>
      prefixed(unit?.ProtectHome ?? '')
        ? {
            id: 'home-hidden',
            what: `the program does not see ${path}`,
            why: `ProtectHome=${unit?.ProtectHome}: homes are empty for the service`,
            change: `BindReadOnlyPaths=${path}, or move it to /srv`,
          }
        : undefined,
  },
  {
    pattern: /uv_interface_addresses returned (Unknown system error 97|EAFNOSUPPORT)|EAFNOSUPPORT/,
    find: ([text], { unit }) => ({
      id: 'family-not-allowed',
      what: /uv_interface/.test(text)
        ? 'os.networkInterfaces() needs AF_NETLINK, and the sandbox does not allow it'
        : 'the program opens a socket of a family that the sandbox does not allow',
      why: property(unit, 'RestrictAddressFamilies').replace('property: ', ''),
      change: 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    }),
  },
  {
    pattern: /\bENOSPC\b/,
    find: ([text], _, { error }) => {
      if (!error.includes(text)) return undefined;
      return /watch/.test(error)
        ? {
            id: 'too-many-watches',
            what: 'the program watches more files than its user may',
            why: 'fs.inotify.max_user_watches is the limit for all programs of the user',
            change: 'sysctl fs.inotify.max_user_watches=524288, and a file in /etc/sysctl.d; or watch fewer files',
          }
        : {
            id: 'disk-full',
            what: 'the program cannot write: the disk has no space left',
            why: 'the file system of the file is full, or a quota is used up',
            change: 'df -h and df -i show which file system is full; remove files there',
          };
    },
  },
  {
    pattern: /\bEMFILE\b/,
    find: (_, { unit }) => ({
      id: 'too-many-files',
      what: 'the program has too many files and connections open',
      why: `LimitNOFILE=${unit?.LimitNOFILE}`,
      change: 'LimitNOFILE=65536, and look for descriptors that are never closed',
    }),
  },
  {
    pattern: /uv_thread_create|Resource temporarily unavailable, pthread_create/,
    find: (_, { unit }) => ({
      id: 'too-many-tasks',
      what: 'Node could not start a thread',
      why: `TasksMax=${unit?.TasksMax}, LimitNPROC=${unit?.LimitNPROC}: Node needs about 12 threads for each process`,
      change: 'a larger TasksMax=, and no LimitNPROC=, which counts all processes of the user',
    }),
  },
  {
    pattern: /Fatal process (?:OOM|out of memory)/,
    find: (_, { unit }) =>
      (unit?.LimitAS ?? 'infinity') === 'infinity'
        ? undefined
        : {
            id: 'address-space-limit',
            what: 'V8 could not reserve addresses',
            why: `LimitAS=${unit?.LimitAS}: V8 reserves gigabytes of addresses, and uses a small part of them`,
            change: 'MemoryMax= in place of LimitAS=',
          },
  },
  {
    pattern: /FATAL ERROR: .*(heap limit|JavaScript heap out of memory)/,
    find: () => ({
      id: 'heap-limit',
      what: 'the program reached the heap limit of V8, and Node aborted it',
      why: 'it keeps more objects than fit, by a leak or by too small a limit',
      change:
        'NODE_OPTIONS=--heapsnapshot-near-heap-limit=1 shows what they are; --max-old-space-size=MIB is the limit',
    }),
  },
  {
    pattern: /SD_ERR_NO_SOCKET|no socket (?:named|of the name|with the name) '?([\w.-]+)/,
    find: (_, facts) =>
      socketAccepts(facts) ?? {
        id: 'socket-name',
        what: 'the program asks for a socket that systemd did not pass',
        why:
          facts.sockets.length === 0
            ? 'the service has no socket unit'
            : `systemd passes ${facts.sockets.map(({ name, fdName }) => `'${fdName}' (${name})`).join(' and ')}`,
        change: 'the same name in listen(server, { name }) and in FileDescriptorName=',
      },
  },
  {
    pattern:
      /Cannot use import statement outside a module|(?:require|module|exports) is not defined in ES module scope/,
    find: ([text], { program }) => ({
      id: 'module-type',
      what: 'the program is written for the other kind of module',
      why: /import/.test(text) ? 'Node reads it as CommonJS' : 'Node reads it as an ES module',
      change: /import/.test(text)
        ? `"type": "module" in the package.json beside ${program?.path ?? 'the program'}, or the extension .mjs`
        : `the extension .cjs for ${program?.path ?? 'the program'}, or import in place of require`,
    }),
  },
];

/** The cause from the program's error; for an unknown error, the error itself. Undefined without output. */
export function errorFinding(ending: ServiceEnding, facts: Facts): Finding | undefined {
  const words = lastWords(ending.words);
  if (words === undefined) return undefined;
  const all = [words.error, ...ending.words.slice(-60).map((word) => word.slice(0, 2000))];
  for (const { pattern, find } of ERRORS) {
    const match = all.map((line) => pattern.exec(line)).find((one) => one !== null);
    const found = match ? find(match, facts, words) : undefined;
    if (found !== undefined) return { severity: 'error', evidence: `journal: ${words.error}`, ...found };
  }
  return {
    id: 'program-ended',
    severity: 'error',
    what: `the program ended with ${nameOfEnd(ending)} ${ending.phase}`,
    why: words.place === undefined ? words.error : `${words.error} at ${words.place}`,
    evidence: `journal: ${words.error}`,
    change: changeFor(words),
  };
}

function changeFor({ error, place }: LastWords): string {
  if (place !== undefined) return `correct ${place}`;
  return /^(uncaught value|unhandled rejection): /.test(error)
    ? 'throw an Error in its place: Node then prints the stack'
    : 'correct what it says';
}
