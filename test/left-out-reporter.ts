// The last lines of a run: the tests that passed at the second try only, and those that were left out, the reason, and the command that installs the missing thing.
import type { Reporter, TestModule } from 'vitest/node';
import { type Lack, lackOf } from './left-out.ts';

interface Row {
  readonly lack: Lack;
  tests: number;
}

export default class LeftOutReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Row>();
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        const { errors = [] } = test.result();
        if (errors.length === 0) continue;
        const why = errors[0]?.message.split('\n')[0];
        process.stdout.write(` Passed at the second try only: ${module.relativeModuleId} > ${test.fullName}: ${why}\n`);
      }
      for (const test of module.children.allTests('skipped')) {
        // A group's own reason says more than `-t`, which skips all tests that do not match.
        const lack = lackOf(test.fullName);
        if (lack === undefined) continue;
        const key = JSON.stringify(lack);
        const row = rows.get(key) ?? { lack, tests: 0 };
        row.tests += 1;
        rows.set(key, row);
      }
    }
    if (rows.size > 0) process.stdout.write(`${table([...rows.values()]).join('\n')}\n`);
  }
}

function table(rows: readonly Row[]): string[] {
  const sorted = rows.toSorted((a, b) => b.tests - a.tests);
  const total = sorted.reduce((sum, { tests }) => sum + tests, 0);
  return [
    ` Left out: ${total} tests, and what would bring them:`,
    ...sorted.map(({ lack, tests }) => {
      const remedy = lack.command === undefined ? '' : `: ${lack.command}`;
      return `${String(tests).padStart(7)}  ${lack.reason}${remedy}`;
    }),
    '',
  ];
}
