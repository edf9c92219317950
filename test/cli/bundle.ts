// Bundles source into one file, as in the published package, for machines whose Node does not read TypeScript.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { packageRoot } from '../systemd/boot.ts';

/** Bundles a module of `src` and returns the path of the file; every test file has its own. */
export async function bundleModule(source: string, user: string): Promise<string> {
  // One level below the package, like dist: the loader finds the addon from there.
  const file = join(packageRoot(), `build/${source.replace(/\W/g, '-')}-for-${user}.js`);
  const bundle = await rolldown({ input: join(packageRoot(), 'src', source), platform: 'node' });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  return file;
}

/** Modules of a program, `server.mjs` first, as one file that has the built package in it. */
export async function bundleText(modules: Readonly<Record<string, string>>): Promise<string> {
  const own = (id: string): string | undefined => modules[id.replace(/^\.\//, '')] && `/srv/${id.replace(/^\.\//, '')}`;
  const bundle = await rolldown({
    input: './server.mjs',
    platform: 'node',
    plugins: [
      {
        name: 'modules',
        resolveId: (id) => (id === 'readyd' ? join(packageRoot(), 'dist/index.js') : own(id)),
        load: (id) => modules[id.replace('/srv/', '')],
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return output[0].code;
}

/** The arguments with which Node runs a command of `readyd`; those of the command follow. */
export async function bundleCommand(command: string, user: string): Promise<string[]> {
  const file = await bundleModule(`cli/${command}.ts`, user);
  const script = `import('${file}').then(async ({ main }) => { process.exitCode = await main(process.argv.slice(1)); });`;
  return ['-e', script, '--'];
}
