// A journald of our own, in the namespaces of the bench: its journal is in memory, and it has no rate limit.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = '/usr/lib/systemd/systemd-journald';
const SOCKET = '/run/systemd/journal/socket';
const FOLDER = '/run/log/journal';
const START_MS = 5000;
/** The clock ticks of /proc: USER_HZ is 100 on every machine that Node runs on. */
const TICK_NS = 10_000_000;
const CONFIGURATION = `[Journal]
Storage=volatile
RateLimitIntervalSec=0
RuntimeMaxUse=6G
ReadKMsg=no
Audit=no
ForwardToSyslog=no
ForwardToKMsg=no
ForwardToConsole=no
ForwardToWall=no
`;

/** How many entries may wait for a journald that starts later: systemd sets 512 at boot, the kernel's default is 10. */
export function setQueue(length) {
  writeFileSync('/proc/sys/net/unix/max_dgram_qlen', String(length));
}

export class Journald {
  #child;
  version = spawnSync('journalctl', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];

  async start() {
    mkdirSync('/run/systemd/journald.conf.d', { recursive: true });
    writeFileSync('/run/systemd/journald.conf.d/bench.conf', CONFIGURATION);
    // Removes the files that an earlier line left: no process uses them.
    rmSync(SOCKET, { force: true });
    this.#child = spawn(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit'] });
    const deadline = performance.now() + START_MS;
    while (!existsSync(SOCKET)) {
      if (this.#child.exitCode !== null || performance.now() > deadline) throw new Error('journald did not start');
      await sleep(10);
    }
    return this;
  }

  /** Stops journald for so many milliseconds: it reads nothing meanwhile. */
  async stall(milliseconds) {
    this.#child.kill('SIGSTOP');
    await sleep(milliseconds);
    this.#child.kill('SIGCONT');
  }

  /** @returns {AsyncIterable<Record<string, string>>} the entries of a program, in the order of the journal */
  async *entries(identifier) {
    spawnSync('journalctl', ['--sync'], { stdio: 'inherit' });
    const fields = '--output-fields=N,READYD_DROPPED';
    const reader = spawn(
      'journalctl',
      ['--quiet', '--no-pager', `--directory=${FOLDER}`, '--output=json', fields, `--identifier=${identifier}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    for await (const line of createInterface(reader.stdout)) yield JSON.parse(line);
  }

  /** Resolves when journald has written all entries that it received. */
  async synced() {
    await once(spawn('journalctl', ['--sync'], { stdio: 'inherit' }), 'exit');
  }

  /** The processor time that journald has used, in nanoseconds. */
  get cpu() {
    const ticks = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(ticks[11]) + Number(ticks[12])) * TICK_NS;
  }

  /** Resident memory, in bytes. */
  get rss() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))[1]) * 1024;
  }

  async stop() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    this.#child.kill('SIGCONT');
    await ended;
  }
}
