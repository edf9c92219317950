// node start.js PACKAGE ready|service: says READY, by itself or by service(), and stays.
import { join } from 'node:path';

const [, , folder, kind] = process.argv;
const { ready, service } = await import(join(folder, 'dist/index.js'));
if (kind === 'service') await service({ start: () => undefined, stop: () => undefined });
else await ready();
setInterval(() => undefined, 1e6);
