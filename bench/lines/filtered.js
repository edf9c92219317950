// A log call whose level is off: the logger does not read its fields.
import { join } from 'node:path';
import { measure } from 'mitata';
import { limitRow } from '../table.js';

const LIMIT_NS = 30;

export async function filtered(settings) {
  const { journal } = await import(join(settings.package, 'dist/index.js'));
  const log = journal({ level: 'info', connect: 'never', fallback: 'off' });
  const grandchild = log.child({ service: 'checkout' }).child({ requestId: '7d9f3c1e2b' });
  let number = 0;
  const own = await measure(() => log.debug('cache lookup', { key: 'user:5512', number: number++ }));
  const inherited = await measure(() => grandchild.debug('cache lookup', { key: 'user:5512', number: number++ }));
  return [
    limitRow({ what: 'log.debug() at level info', value: own.p50, limit: LIMIT_NS }),
    limitRow({ what: "log.debug() at the level of a child's parents", value: inherited.p50, limit: LIMIT_NS }),
  ];
}
