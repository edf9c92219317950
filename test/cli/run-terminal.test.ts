// A terminal that is closed while the service runs: python has the pseudo-terminal, and lets go of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

const MAIN = join(packageRoot(), 'dist/cli/main.js');
const SERVICE = `
  import('${join(packageRoot(), 'dist/index.js')}').then(async ({ ready }) => {
    process.on('SIGTERM', () => process.exit(0));
    setInterval(() => undefined, 1e6);
    await ready('pid ' + process.pid);
  });`;
// Shows what it reads until the service is up, closes the terminal, and waits for the end.
const PYTHON = `
import os, pty, re, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while not re.search(rb'pid [0-9]+', seen):
    seen += os.read(terminal, 65536)
os.close(terminal)
for _ in range(100):
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    time.sleep(0.1)
else:
    os.kill(pid, 9)
    status = -1
print(re.search(rb'pid ([0-9]+)', seen).group(1).decode(), status)`;

it('ends the session and the service once the terminal is closed', async () => {
  const argv = [process.execPath, MAIN, 'run', '--', process.execPath, '-e', SERVICE];
  const python = spawn('python3', ['-c', PYTHON, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(python.stdout), once(python, 'close')]);
  const [pid, status] = output.trim().split(' ');
  expect(status).toBe('1'); // of SIGHUP, as programs end whose terminal is gone
  expect(() => readFileSync(`/proc/${pid}/stat`)).toThrow('ENOENT');
});
