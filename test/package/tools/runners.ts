// Test runners, each with its defaults.
import { join } from 'node:path';
import { root } from '../tarball.ts';
import { TOOLS } from './builds.ts';

const TEST = `
  const assert = require('node:assert');
  const { journal, listenFds, ready } = require('readyd');
  const { createManager } = require('readyd/testing');
  const { pinoJournal } = require('readyd/pino');
  test('readyd', async () => {
    assert.equal(await ready(), false);
    assert.equal(listenFds().length, 0);
    assert.equal(typeof createManager, 'function');
    assert.equal(typeof pinoJournal, 'function');
    journal({ connect: 'never', level: 'silent' }).info('never');
  });`;
const MODULE_TEST = TEST.replaceAll(/const (\{.*?\}) = require\((.*?)\)/g, 'import $1 from $2').replace(
  "const assert = require('node:assert')",
  "import assert from 'node:assert'",
);
const MOCHA_TEST = TEST.replace('test(', 'it(');
const VITEST = `import { test } from 'vitest'; ${MODULE_TEST}`;
const NODE_TEST = `const { test } = require('node:test'); ${TEST}`;
/** A test runner, and the project that it runs the test of. */
export interface Runner {
  readonly tool: string;
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export const RUNNERS: readonly Runner[] = [
  { tool: 'jest', files: { 'a.test.js': TEST }, args: [join(TOOLS, 'jest/bin/jest.js')] },
  { tool: 'jest-previous', files: { 'a.test.js': TEST }, args: [join(TOOLS, 'jest-previous/bin/jest.js')] },
  {
    tool: 'ts-jest',
    files: {
      'a.test.ts': MODULE_TEST,
      'jest.config.js': `module.exports = { transform: { '\\\\.ts$': [${JSON.stringify(join(TOOLS, 'ts-jest'))}, { diagnostics: false }] } };`,
      'tsconfig.json':
        '{ "compilerOptions": { "module": "node16", "moduleResolution": "node16", "esModuleInterop": true } }',
    },
    args: [join(TOOLS, 'jest/bin/jest.js')],
  },
  { tool: 'mocha', files: { 'a.test.js': MOCHA_TEST }, args: [join(TOOLS, 'mocha/bin/mocha.js'), 'a.test.js'] },
  {
    tool: 'mocha-previous',
    files: { 'a.test.js': MOCHA_TEST },
    args: [join(TOOLS, 'mocha-previous/bin/mocha.js'), 'a.test.js'],
  },
  { tool: 'vitest', files: { 'a.test.mjs': VITEST }, args: [join(root, 'node_modules/vitest/vitest.mjs'), 'run'] },
  { tool: 'node:test', files: { 'a.test.js': NODE_TEST }, args: ['--test'] },
];
