import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { credential, directories, drain, listen, onMemoryPressure, service } from 'readyd';

const token = credential('token')?.toString().trim();
const counter = join(directories.state[0] ?? '.', 'answered');
const readPage = () => readFile('page.html', 'utf8');
const pages = new Map<string, string>();
let page = '';
let answered = 0;

await service({
  async start({ log, status }) {
    status('reading the page');
    page = await readPage();
    answered = Number(await readFile(counter, 'utf8').catch(() => '0'));
    const server = createServer((request, response) => {
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
        return response.writeHead(401).end();
      const path = request.url ?? '/';
      pages.set(path, pages.get(path) ?? page.replace('PATH', encodeURI(path)));
      answered += 1;
      return response.setHeader('content-type', 'text/html').end(pages.get(path));
    });
    await listen(server, { name: 'web', fallback: 8080 });
    onMemoryPressure(() => pages.clear());
    log.info('it answers', { secret: token !== undefined });
    return server;
  },
  async reload() {
    page = await readPage();
    pages.clear();
  },
  async stop(server, { log, status }) {
    status('finishing open requests');
    const { forced } = await drain(server, { timeout: 5000 });
    await writeFile(counter, String(answered));
    log.notice(`stopped after ${answered} requests`, { forced });
  },
  status: () => `${answered} requests answered`,
  watchdog: { checks: { page: () => page !== '' }, diagnose: true },
});
