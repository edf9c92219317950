// Programs that are in the repository, or need packages from npm: the frameworks, TypeScript, and all that docs/ shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocks, documents } from '../../docs/blocks.ts';
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
const TAKES_ANY = /import \{[^}]*\b(listen|listenTarget|bind)\b[^}]*\} from 'readyd'/;
/** Code of the documents that is not a service, and the test that runs it. */
const NO_SERVICE: Readonly<Record<string, RegExp>> = {
  'a test, or a program that starts services itself: test/docs/readme.test.ts':
    /from '(node:test|vitest|@jest\/globals|readyd\/testing)'/,
  'a file that Next or Nitro reads: test/package/frameworks.test.ts':
    /^\/\/ (next\.config\.mjs|instrumentation\.js|server\/plugins\/\S+)$/m,
};
const PROGRAM = /^(import .* from |} from |const .* = require\()'/m;
const FRAMEWORK = /from '(express|fastify|koa|hono|@(nestjs|hapi|hono|opentelemetry)\/[\w-]+)'/;

/** The sockets that a program asks for, as options of `readyd unit`. */
function socketsOf(code: string, place: string): string[] {
  const sockets = [...code.matchAll(TAKES)].map(([, how, name = '']) => ({ how, name }));
  if (sockets.length === 0 && TAKES_ANY.test(code)) sockets.push({ how: 'listen', name: 'web' });
  return sockets.map(({ how, name }, index) => {
    const address = index === 0 ? '127.0.0.1:PORT' : `/run/unit-kinds/${place.replace(/\W+/g, '-')}.sock`;
    return `--listen ${name}=${how === 'bind' ? 'udp:' : ''}${address}`;
  });
}

const allCode = documents().flatMap((document) => ['js', 'ts'].flatMap((language) => blocks(document, language)));

/** Why systemd does not start the code; undefined if it does. */
function exceptionOf({ code }: Block): string | undefined {
  return Object.keys(NO_SERVICE).find((reason) => NO_SERVICE[reason]?.test(code));
}

const isStarted = (block: Block): boolean => exceptionOf(block) === undefined && PROGRAM.test(block.code);

/** The places in the documents with code that is neither started here nor excepted by a rule. */
export const UNKNOWN_CODE: readonly string[] = allCode
  .filter((block) => exceptionOf(block) === undefined && !isStarted(block))
  .map(({ place }) => place);

/** The rules for which the documents have no code. */
export const UNUSED_EXCEPTIONS: readonly string[] = Object.keys(NO_SERVICE).filter(
  (reason) => !allCode.some((block) => exceptionOf(block) === reason),
);

/** Every program that the documents show, unchanged. */
function documented(): [string, Kind][] {
  return allCode
    .filter(isStarted)
    .map(({ place, language, code }) => {
      const sockets = socketsOf(code, place);
      const serves = sockets.some((option) => !option.includes('=udp:'));
      const needs = FRAMEWORK.test(code) ? 'frameworks' : undefined;
      // Without the types of a framework, it is JavaScript as well: test/docs/readme.test.ts.
      const isTyped = needs !== undefined && language === 'ts';
      const kind: Kind = {
        main: isTyped ? 'server.mts' : 'server.mjs',
        text: code,
        // Files that some of the programs read.
        files: { 'package.json': '{}', 'prices.json': '{}' },
        flags: `${sockets.join(' ')}${isTyped ? ' --node NODE24' : ''}`,
        // One shows an upgrade to another protocol, and answers no request.
        answers: serves && !code.includes("on('upgrade'") ? 'port' : 'nothing',
        answer: undefined,
        socket: sockets.length > 0,
        ends: sockets.length === 0,
        ...(needs !== undefined && { needs }),
      };
      return [`docs-${place.replace(/\.md:/, '-').replace(/\W+/g, '-').toLowerCase()}`, kind] as const;
    })
    .map(([name, kind]) => [name, kind]);
}

export const DOCUMENTED_KINDS: Readonly<Record<string, Kind>> = Object.fromEntries(documented());
