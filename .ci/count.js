// Reads vitest's JSON report: prints `passed failed` on the first line, then what was skipped. A skipped test counts as
// failed, except where its name says that it is for systemd of sid, which may be missing.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
const excused = skipped.filter(({ fullName }) => /on systemd of 'sid'/.test(fullName));
const refused = skipped.filter((test) => !excused.includes(test));
// A file that cannot be loaded has no tests to fail.
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
const failed = report.numFailedTests + refused.length + broken.length;
if (tests.length === 0) throw new Error('no test was run');

console.log(`${report.numPassedTests} ${failed}`);
for (const { fullName } of refused) console.log(`--- skipped, which is a failure here: ${fullName}`);
for (const { name } of broken) console.log(`--- not loaded: ${name}`);
console.log(`--- tests: ${report.numPassedTests} passed, ${failed} failed, ${excused.length} of sid left out`);
