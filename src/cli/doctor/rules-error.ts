// Typical errors of Node programs, by their printed text. The first matching entry is the cause.
import type { ServiceEnding } from './ending.ts';
import { nameOfEnd } from './ending.ts';
import { type Facts, type Finding, portOf, property } from './facts.ts';
import { type LastWords, lastWords } from './last-words.ts';
import { PRELOAD_NOT_FOUND, preloadNotFound } from './rules-auto.ts';

interface ErrorMatch {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly evidence?: string | undefined;
  readonly change: string;
}

interface ErrorRule {
  readonly pattern: RegExp;
  /** Undefined if the error has another cause after all. */
  find(match: RegExpExecArray, facts: Facts, words: LastWords): ErrorMatch | undefined;
}

const prefixed = (setting: string): boolean => setting !== '' && setting !== 'no';

const ERRORS: readonly ErrorRule[] = [
  {
    pattern: /EADDRINUSE[^\n]*?: address already in use (\S+)/,
    find([, address = ''], { sockets, holders, subject, program }) {
      const port = portOf(address);
      const same = (one: string) =>
        one === address || (port !== '' && one.endsWith(port) && /^$|\D$/.test(one.slice(0, -port.length)));
      const own = sockets.find(({ active, addresses }) => active && addresses.some(same));
      if (own !== undefined)
        return {
          id: 'socket-not-used',
          what: `the program binds ${address} itself, and systemd has bound it for ${own.name}`,
          why: `systemd passes that socket by the name '${own.fdName}', and the program does not take it`,
          evidence: `property: FileDescriptorName=${own.fdName} of ${own.name}`,
          change: `listen(server, { name: '${own.fdName}' }) in ${program?.path ?? 'the program'}`,
        };
      const holder = holders[port];
      return {
        id: 'address-in-use',
        what: `the program cannot listen on ${address}: another process does`,
        why: holder === undefined ? 'the process that has it could not be found' : `${holder} listens there`,
        change:
          holder === undefined
            ? `ss -ltnp 'sport = :${port}' names it as root; stop that process, or give ${subject} another port`
            : `stop ${holder}, or give ${subject} another port`,
      };
    },
  },
  {
    pattern: /listen EACCES: permission denied (\S+?):?(\d+)?$/,
    find: ([, host = '', port]) => ({
      id: 'address-not-allowed',
      what: `the program may not listen on ${port === undefined ? host : `port ${port}`}`,
      why:
        port !== undefined && Number(port) < 1024
          ? 'a port below 1024 is for root, or for a process with CAP_NET_BIND_SERVICE'
          : 'its user may not write to that folder',
      change:
        port !== undefined && Number(port) < 1024
          ? `readyd unit --listen ${port} PROGRAM: systemd binds the port; or AmbientCapabilities=CAP_NET_BIND_SERVICE`
          : 'RuntimeDirectory=NAME, and a path in /run/NAME',
    }),
  },
  {
    pattern: /EADDRNOTAVAIL: address not available (\S+)/,
    find: ([, address = '']) => ({
      id: 'address-not-there',
      what: `no interface of this machine has the address ${address}`,
      why: 'the address is not configured, or not yet',
      change: 'After=network-online.target and Wants=network-online.target, or another address',
    }),
  },
  { pattern: PRELOAD_NOT_FOUND, find: ([, path]) => preloadNotFound(path) },
  {
    pattern: /Cannot find module '(\/[^']*)'(?! imported)/,
    find: ([, path = ''], { commands }) =>
      commands.some(({ argv }) => argv.some((word) => word !== '' && (word === path || path.endsWith(`/${word}`))))
        ? {
            id: 'program-not-found',
            what: `there is no program ${path}`,
            why: 'Node was started, and did not find the file of ExecStart=',
            change: `put the program there, or correct the path in ExecStart=`,
          }
        : undefined,
  },
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
    pattern: /\bEMFILE\b/,
    find: (_, { unit }) => ({
      id: 'too-many-files',
      what: 'the program has too many files and connections open',
      why: `LimitNOFILE=${unit?.LimitNOFILE}`,
      change: 'LimitNOFILE=65536, and look for descriptors that are never closed',
    }),
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
    find: (_, { sockets }) => ({
      id: 'socket-name',
      what: 'the program asks for a socket that systemd did not pass',
      why:
        sockets.length === 0
          ? 'the service has no socket unit'
          : `systemd passes ${sockets.map(({ name, fdName }) => `'${fdName}' (${name})`).join(' and ')}`,
      change: 'the same name in listen(server, { name }) and in FileDescriptorName=',
    }),
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
    change: words.place === undefined ? 'correct what it says' : `correct ${words.place}`,
  };
}
