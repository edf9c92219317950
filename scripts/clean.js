// Removes what an earlier build left, so that a deleted source file leaves no ghost in the package.
import { rmSync } from 'node:fs';

for (const directory of process.argv.slice(2)) rmSync(directory, { recursive: true, force: true });
