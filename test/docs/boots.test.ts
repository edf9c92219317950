// Every unit file of the documents is started on a real systemd, side by side: with the page's own program, or, for a program
// that one does not own, with a plain HTTP server.
import { beforeAll, expect, test } from 'vitest';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { copyPackage, PACKAGE } from '../systemd/service.ts';
import { blocks, documents, type Unit, unitsOf } from './blocks.ts';

/** Units that another test starts, with the programs that they are for. */
const ELSEWHERE: readonly [is: (unit: Unit) => boolean, where: string][] = [
  [({ place }) => place.startsWith('docs/auto-recipes.md'), 'test/programs/programs.test.ts'],
  [({ name }) => name.startsWith('node-red.'), 'test/programs/before-after.test.ts'],
  [({ place, name }) => place.startsWith('docs/frameworks.md') && name.startsWith('app.'), 'test/docs/units.test.ts'],
  [
    ({ place, name }) => place.startsWith('docs/service.md') && name.startsWith('shop.'),
    'test/docs/containers.test.ts',
  ],
];

const PLAIN = `import { createServer } from 'node:http';
createServer((_request, response) => response.end('hello')).listen(process.env.PORT ?? 3000);
`;

interface Started {
  readonly place: string;
  readonly files: Readonly<Record<string, string>>;
  readonly sockets: readonly string[];
  readonly service: string;
  readonly port: number;
}

const lineOf = (place: string): number => Number(place.split(':')[1]);

/** The program that the page shows before the unit; if the unit has a socket, the program answers requests. */
function programFor({ place, content }: Unit, hasSocket: boolean): string {
  if (content.includes('readyd/auto') || content.includes('auto.cjs')) return PLAIN;
  const page = place.split(':')[0] ?? '';
  const programs = ['ts', 'js'].flatMap((language) => blocks(page, language));
  const fits = (code: string): boolean =>
    /await (?:service|ready)\(/.test(code) && (!hasSocket || code.includes('response.end('));
  const before = programs.filter(({ place: at, code }) => lineOf(at) < lineOf(place) && fits(code));
  const program = before.sort((one, other) => lineOf(one.place) - lineOf(other.place)).at(-1);
  if (program === undefined) throw new Error(`${place}: the page shows no program before this unit`);
  return program.code;
}

/** The files of a group, with names, folders and ports of its own. */
function prepare(group: readonly Unit[], index: number): Started {
  const port = 9200 + index;
  const folder = `/srv/${index}/`;
  const own = (text: string): string =>
    text
      .replaceAll(/\b(app|next|nuxt|sveltekit|notes)(?=@?\d*\.(?:service|socket)\b)/g, `$1-${index}`)
      .replaceAll(/(?<==)(?:\/srv\/|%h\/)|(?<= )(?:\/srv\/|%h\/)/g, folder)
      .replaceAll(/(?<=ListenStream=(?:127\.0\.0\.1:)?|PORT=|PORT \?\? |fallback: )\d+(?![\d.])/g, String(port))
      .replaceAll('/usr/bin/node', process.execPath);
  const files = Object.fromEntries(group.map(({ name, content }) => [own(name), own(content)]));
  const service = group.at(-1);
  if (service === undefined) throw new Error('a group without a unit');
  const script = /^ExecStart=.* (\/\S+\.m?js)$/m.exec(own(service.content))?.[1] ?? '';
  return {
    place: service.place,
    files: {
      ...files,
      [script]: own(programFor(service, group.length > 1)),
      [script.replace(/[^/]*$/, 'package.json')]: '{ "type": "module" }',
      [`${folder}shop/prices.json`]: '{}',
    },
    sockets: Object.keys(files).filter((name) => name.endsWith('.socket')),
    service: own(service.name).replace('@.', '@1.'),
    port,
  };
}

const units = documents()
  .flatMap(unitsOf)
  .filter(({ name }) => /\.(?:service|socket|timer)$/.test(name));
const elsewhere = (unit: Unit): boolean => ELSEWHERE.some(([is]) => is(unit));

/** Each service, after the other units that stand before it in its document. */
function groups(): Unit[][] {
  const found: Unit[][] = [];
  let others: Unit[] = [];
  for (const unit of units.filter((one) => !elsewhere(one))) {
    others.push(unit);
    if (!unit.name.endsWith('.service')) continue;
    found.push(others);
    others = [];
  }
  if (others.length > 0) throw new Error(`${others[0]?.place}: a unit without a service`);
  return found;
}

const started = groups().map(prepare);

async function write(machine: Machine): Promise<void> {
  const files = started.flatMap((group) => Object.entries(group.files));
  await Promise.all(files.filter(([name]) => name.startsWith('/')).map(([path, text]) => machine.write(path, text)));
  await machine.install(Object.fromEntries(files.filter(([name]) => !name.startsWith('/'))));
}

/** What each unit says, with its journal where it failed. */
async function faultsOf(machine: Machine): Promise<string[]> {
  const faults = started.map(async ({ place, service }) => {
    const result = await machine.show(service, 'Result');
    if (result === 'success') return [];
    const { stdout } = await machine.exec('journalctl', ['--no-pager', '--lines=20', `--unit=${service}`]);
    return [`${place}: ${service}: ${result}\n${stdout}`];
  });
  return (await Promise.all(faults)).flat();
}

const ASK = `const ask = (port) => fetch('http://127.0.0.1:' + port + '/', { signal: AbortSignal.timeout(60_000) }).then((answer) => answer.text(), (error) => String(error.cause ?? error));
  Promise.all(process.argv.slice(1).map(ask)).then((answers) => console.log(JSON.stringify(answers)));`;

test('every test that starts other units has some to start', () => {
  for (const [is, where] of ELSEWHERE) expect(units.filter(is), where).not.toHaveLength(0);
});

describeOnSystemd(['trixie'], 'the units of the documents, with their programs', (machine) => {
  beforeAll(async () => {
    await copyPackage(machine());
    // As \`npm install readyd\` in /srv, and \`npm install --global readyd\`.
    const script = `mkdir -p /srv/node_modules /usr/lib/node_modules &&
      ln -s ${PACKAGE} /srv/node_modules/readyd && ln -s ${PACKAGE} /usr/lib/node_modules/readyd`;
    await machine().exec('sh', ['-c', script], { check: true });
    await write(machine());
  });

  test('each starts', async () => {
    await machine().systemctl('start', ...started.flatMap(({ sockets }) => sockets));
    const { stderr } = await machine().exec('systemctl', ['start', ...started.map(({ service }) => service)]);
    expect(await faultsOf(machine())).toEqual([]);
    expect(stderr).toBe('');
  });

  test('each that has a socket unit answers on it', async () => {
    const withSocket = started.filter(({ sockets }) => sockets.length > 0);
    const { stdout } = await machine().exec(process.execPath, ['-e', ASK, ...withSocket.map(({ port }) => `${port}`)], {
      check: true,
    });
    const answers = JSON.parse(stdout) as string[]; // the command's own output
    expect(answers.map((text, index) => [withSocket[index]?.place, text.trim()])).toEqual(
      withSocket.map(({ place }) => [place, 'hello']),
    );
  });

  test('each stops cleanly', async () => {
    await machine().systemctl('stop', ...started.flatMap(({ sockets, service }) => [...sockets, service]));
    expect(await faultsOf(machine())).toEqual([]);
  });
});
