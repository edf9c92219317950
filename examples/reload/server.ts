import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { drain, listen, service } from 'readyd';

interface Settings {
  readonly greeting: string;
}

/** Throws where the file is missing, is no JSON, or has no greeting: then the settings that were good stay. */
async function readSettings(): Promise<Settings> {
  const settings = JSON.parse(await readFile('settings.json', 'utf8')) as Partial<Settings>;
  if (typeof settings.greeting !== 'string') throw new TypeError('settings.json has no "greeting"');
  return { greeting: settings.greeting };
}

let settings: Settings;

await service({
  async start() {
    settings = await readSettings();
    const server = createServer((_request, response) => response.end(`${settings.greeting}\n`));
    await listen(server, { fallback: 8080 });
    return server;
  },
  async reload(_server, { log }) {
    settings = await readSettings();
    log.info('settings reloaded', { settings });
  },
  async stop(server) {
    await drain(server);
  },
  status: () => `greets with "${settings.greeting}"`,
});
