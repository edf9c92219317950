// Reads vitest's JSON report: prints `passed failed` on the first line, then the skipped tests. A skipped test counts as
// failed, unless it cannot run on a machine that runs all others. The tests that passed only at the second try are printed.
import { readFileSync } from 'node:fs';

const EXCUSES = [
  [/a real stall by MemoryHigh=, where the machine has the controller$/, 'the machine has no memory controller for it'],
  [/on systemd of 'sid'/, 'Debian has no working sid today'],
  [/^credential\(\) tells that it must not be read$/, 'root may read everything'],
  [/ a service in a container of podman on systemd /, 'podman cannot run a container on this machine'],
  [/^says why it cannot boot systemd$/, 'it can boot here'],
  [/ on systemd 252 \(host\) files of OpenFile=$/, 'came with systemd 253'],
  [/ on systemd 252 \(host\) what the store holds, beside the sockets/, '$FDSTORE came with systemd 254'],
  [/ on systemd 252 \(host\) a file in \/proc of ListenSpecial=$/, 'systemd 252 hangs when it stops the socket'],
  [/ on systemd 252 .* with Type=notify-reload$/, 'came with systemd 253'],
  [/ on systemd 257 \(trixie\) the backlog is what the socket unit says$/, 'the tree has no ss; the host has'],
  [/ on systemd \d+ \(sid\) the backlog is what the socket unit says$/, 'the tree has no ss; the host has'],
];

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
// Without the reason that test/left-out.ts adds.
const titleOf = ({ fullName }) => fullName.replaceAll(/ \[left out: [^\]]*\]/g, '');
const excuse = (test) => EXCUSES.find(([pattern]) => pattern.test(titleOf(test)))?.[1];
const refused = skipped.filter((test) => !excuse(test));
// A file that cannot be loaded has no tests to fail.
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
const retried = tests.filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0);
// A fault that one seed finds is a fault, even if the next seed does not find it.
const disproved = retried.filter(({ failureMessages }) => /Property failed/.test(failureMessages[0]));
const failed = report.numFailedTests + refused.length + broken.length + disproved.length;
if (tests.length === 0) throw new Error('no test was run');

console.log(`${report.numPassedTests - disproved.length} ${failed}`);
for (const { fullName } of refused) console.log(`--- skipped, which is a failure here: ${fullName}`);
for (const { name } of broken) console.log(`--- not loaded: ${name}`);
for (const { fullName, failureMessages } of retried) {
  console.log(`--- passed at the second try only: ${fullName}: ${failureMessages[0].split('\n')[0]}`);
}
const excused = skipped.filter(excuse);
for (const test of excused.filter(({ fullName }) => !/'sid'/.test(fullName))) {
  console.log(`--- left out: ${test.fullName}: ${excuse(test)}`);
}
console.log(`--- tests: ${report.numPassedTests} passed, ${failed} failed, ${excused.length} left out`);
