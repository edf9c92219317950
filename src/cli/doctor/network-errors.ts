// Errors of a program that listens or connects.
import type { ErrorRule } from './error-rule.ts';
import { portOf } from './facts.ts';

export const NETWORK_ERRORS: readonly ErrorRule[] = [
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
  {
    pattern: /connect ECONNREFUSED ([^\s)]+)/,
    // An earlier error may have been handled.
    find: ([text, address = ''], _, { error }) =>
      error.includes(text)
        ? {
            id: 'connection-failed',
            what: `the program could not connect to ${address}`,
            why: 'no process listens there',
            change: `start what should listen on ${address}; After= and Wants= with its unit start it first`,
          }
        : undefined,
  },
  {
    pattern: /getaddrinfo (ENOTFOUND|EAI_AGAIN) ([^\s)]+)/,
    find: ([text, code, host = ''], _, { error }) =>
      error.includes(text)
        ? {
            id: 'connection-failed',
            what: `the program could not find the address of ${host}`,
            why: code === 'ENOTFOUND' ? 'the DNS knows no such host' : 'the DNS server does not answer, or not yet',
            change: 'correct the name, or After=network-online.target and Wants=network-online.target',
          }
        : undefined,
  },
];
