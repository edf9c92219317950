// The programs of docs/auto-recipes.md, with what the page does not say: what to ask them for, and what they print then.
import { existsSync } from 'node:fs';
import { type Unit, unitsOf } from '../docs/blocks.ts';
import type { Lack } from '../left-out.ts';
import { lackOfPackage } from '../package/tarball.ts';
import { PNPM, YARN } from './builds.ts';

export interface Recipe {
  /** Also that of its units, without `.service`. */
  readonly name: string;
  /** What it answers to; `/` by default. */
  readonly path?: string;
  /** A request that makes it print an error. */
  readonly fails?: string;
  /** The first line of each error that it prints. */
  readonly errors?: readonly RegExp[];
  /** A line that it prints with priority 6. */
  readonly prints?: string;
  /** Not beside others: it is three processes, and on a busy machine a client of a restart was once reset. */
  readonly alone?: boolean;
  readonly lack?: Lack | undefined;
}

const DATABASE = { fails: '/fail', errors: [/^Error: no database$/] };

function lackOfInstaller(name: string, path: string): Lack | undefined {
  if (existsSync(path)) return lackOfPackage();
  return { reason: `${name} is not installed`, command: `test/runtimes.sh ${name}` };
}

/** What takes longest to build comes first. */
export const RECIPES: readonly Recipe[] = [
  { name: 'next', fails: '/fail', errors: [/^⨯ Error: no database$/] },
  { name: 'sveltekit', fails: '/fail', errors: [/^\[500\] GET \/fail$/] },
  { name: 'node-red' },
  { name: 'verdaccio', path: '/-/ping' },
  { name: 'nest', fails: '/fail', errors: [/ERROR \[ExceptionsHandler\] Error: no database$/] },
  { name: 'sea', ...DATABASE },
  { name: 'plugnplay', ...DATABASE, lack: lackOfInstaller('yarn4', YARN) },
  { name: 'pnpm', ...DATABASE, lack: lackOfInstaller('pnpm', PNPM) },
  { name: 'http-server' },
  { name: 'json-server', path: '/posts' },
  { name: 'fastify-cli', fails: '/fail', errors: [/^no database$/] },
  { name: 'express-generator' },
  { name: 'cluster', ...DATABASE, alone: true },
  { name: 'bree', errors: [/^Error: no mail server$/], prints: 'tick' },
];

const units: readonly Unit[] = unitsOf('docs/auto-recipes.md');

/** The names of all units of the page. */
export const UNIT_NAMES: readonly string[] = units.map(({ name }) => name);

/** A unit as the page has it; undefined where it has none. */
export function unitOf(name: string): string | undefined {
  return units.find((unit) => unit.name === name)?.content;
}
