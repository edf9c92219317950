// The metrics of the example, under the stand-in manager: lag, unhealthy checks, start and reload.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createManager } from '../../src/testing.ts';
import { packageRoot } from '../systemd/boot.ts';

async function read(port: number, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
}

test('the example serves what the channels say as metrics', async () => {
  const manager = await createManager({ listen: { web: '127.0.0.1:0' }, watchdog: 1000 });
  try {
    const daemon = await manager.start(process.execPath, [join(packageRoot(), 'build/examples/metrics/server.js')]);
    await daemon.ready();
    await daemon.reload();
    const { port } = manager.address('web') as { port: number }; // a socket of TCP
    expect(await read(port, '/break')).toBe('true');
    let text = '';
    while (!text.includes('readyd_unhealthy_checks 1')) text = await read(port, '/metrics');
    for (const line of [
      /^readyd_watchdog_lag_seconds \d/m,
      /^readyd_start_seconds \d/m,
      /^readyd_reload_seconds \d/m,
      /^readyd_reloads_total\{result="success"\} 1$/m,
      /^readyd_journal_entries_total\{level="notice"\} 1$/m,
      /^readyd_journal_dropped_total 0$/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(await read(port, '/break')).toBe('false');
    while (!text.includes('readyd_unhealthy_checks 0')) text = await read(port, '/metrics');
    await daemon.stop();
  } finally {
    await manager.close();
  }
});
