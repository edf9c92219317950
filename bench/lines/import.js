// What `import 'readyd'` adds to the start of a program, the two taking turns; and whether it leaves the addon alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../measure/statistics.js';
import { limitRow, time } from '../table.js';

const LIMIT_NS = 8_000_000;
/** In the tmpfs of the run, like a project that has the package installed. */
const PROJECT = '/run/project';
const PROGRAMS = {
  'empty.mjs': '',
  'import.mjs': "import 'readyd';\n",
  'maps.mjs': `import 'readyd';
import { readFileSync } from 'node:fs';
process.exitCode = readFileSync('/proc/self/maps', 'utf8').includes('readyd.node') ? 1 : 0;
`,
};

export async function importing(settings) {
  prepare(settings.package);
  const empty = [];
  const full = [];
  for (let round = -2; round < settings.rounds; round += 1) {
    const [without, with_] = [start('empty.mjs'), start('import.mjs')];
    if (round < 0) continue;
    empty.push(without.wall);
    full.push(with_.wall);
  }
  const value = median(full) - median(empty);
  const against = `node with an empty module: ${time(median(empty))}`;
  const loads = start('maps.mjs').status !== 0;
  return [
    limitRow({ what: "import 'readyd', added to the start", value, against, limit: LIMIT_NS }),
    { what: 'the addon after the import', value: loads ? 'loaded' : 'not loaded', target: 'not', met: !loads },
  ];
}

function prepare(folder) {
  mkdirSync(join(PROJECT, 'node_modules'), { recursive: true });
  symlinkSync(folder, join(PROJECT, 'node_modules/readyd'));
  for (const [name, content] of Object.entries(PROGRAMS)) writeFileSync(join(PROJECT, name), content);
}

function start(program) {
  const begin = performance.now();
  const { status, error } = spawnSync(process.execPath, [join(PROJECT, program)], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return { wall: (performance.now() - begin) * 1e6, status };
}
