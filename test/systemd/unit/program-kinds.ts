// Programs that are in the repository, or need packages from npm: the frameworks, TypeScript, and all that docs/ shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocks, documents } from '../../docs/blocks.ts';
import { FRAMEWORKS } from '../../examples/linked-package.ts';
import type { Kind } from './kinds.ts';

const WEB = '--listen web=127.0.0.1:PORT';
const served = { flags: WEB, answers: 'port', socket: true } as const;

const NAMES = ['express', 'fastify', 'hapi', 'hono', 'koa', 'nest'] as const;

export const FRAMEWORK_KINDS: Readonly<Record<string, Kind>> = Object.fromEntries(
  NAMES.map((name) => [
    name,
    {
      text: readFileSync(join(FRAMEWORKS, `${name}.js`), 'utf8'),
      needs: 'frameworks',
      answer: `hello from ${name}`,
      ...served,
    },
  ]),
);

const TYPED = `import { createServer, type Server } from 'node:http';
import { listen, service } from 'readyd';
import { answer } from './answer.ts';
await service<Server>({
  async start() {
    const server: Server = createServer((_, response) => response.end(answer()));
    await listen(server, { name: 'web' });
    return server;
  },
  reload() {},
  stop(server) { server.close(); },
});\n`;
const TYPESCRIPT = {
  main: 'server.ts',
  files: {
    'server.ts': TYPED,
    'answer.ts': `export const answer = (): string => 'ok';\n`,
    'package.json': '{"type":"module"}',
  },
  answers: 'port',
  socket: true,
  reload: true,
} as const;

export const TYPESCRIPT_KINDS: Readonly<Record<string, Kind>> = {
  'typescript-by-node': { ...TYPESCRIPT, flags: `${WEB} --reload --watchdog 5s --node NODE24`, needs: 'node 24' },
  'typescript-by-tsx': { ...TYPESCRIPT, flags: `${WEB} --reload --env NODE_OPTIONS=--import=tsx`, needs: 'tsx' },
};

const TAKES = /\b(listen|listenTarget|bind)\((?:[^()]|\([^()]*\))*?\bname: '(\w+)'/g;
/** It has no name for its socket, and takes the only one. */
const TAKES_ANY = /import \{[^}]*\blisten\b[^}]*\} from 'readyd'/;

/** Whatever docs/ and the README show that serves on a socket. */
function documented(): [string, Kind][] {
  return documents()
    .filter((document) => !document.startsWith('examples/'))
    .flatMap((document) => ['js', 'ts'].flatMap((language) => blocks(document, language)))
    .filter(({ code }) => code.startsWith('import ') && TAKES_ANY.test(code.replace('listenTarget', 'listen')))
    .map(({ place, language, code }) => {
      const sockets = [...code.matchAll(TAKES)].map(([, how, name = '']) => ({ how, name }));
      if (sockets.length === 0) sockets.push({ how: 'listen', name: 'web' });
      const flags = sockets.map(({ how, name }, index) => {
        const address = index === 0 ? '127.0.0.1:PORT' : `/run/unit-kinds/${place.replace(/\W+/g, '-')}.sock`;
        return `--listen ${name}=${how === 'bind' ? 'udp:' : ''}${address}`;
      });
      const needs = /from '(express|fastify|koa|hono|@\w+\/[\w-]+)'/.test(code) ? 'frameworks' : 'node 24';
      const kind: Kind = {
        main: `server.m${language}`,
        text: code,
        flags: `${flags.join(' ')}${language === 'ts' ? ' --node NODE24' : ''}`,
        // One shows an upgrade to another protocol, and answers no request.
        answers: code.includes("on('upgrade'") ? 'nothing' : 'port',
        answer: undefined,
        socket: true,
        ...((needs === 'frameworks' || language === 'ts') && { needs }),
      };
      return [`docs-${place.replace(/\.md:/, '-').replace(/\W+/g, '-').toLowerCase()}`, kind] as const;
    })
    .map(([name, kind]) => [name, kind]);
}

export const DOCUMENTED_KINDS: Readonly<Record<string, Kind>> = Object.fromEntries(documented());
