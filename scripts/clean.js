// Removes the files of an earlier build, so that the output of a deleted source file does not stay in the package.
import { rmSync } from 'node:fs';

for (const directory of process.argv.slice(2)) rmSync(directory, { recursive: true, force: true });
