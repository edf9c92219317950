// The time that a program needs to send messages that all arrive. The senders take turns and share one receiver, which
// empties its queue meanwhile and counts.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from './program.js';
import { median } from './statistics.js';

export const NOTIFY_PATH = '/run/systemd/notify';
export const JOURNAL_PATH = '/run/systemd/journal/socket';

const folder = join(import.meta.dirname, '..');
/** The queue is longer than any batch, so that no sender waits for room. */
const QUEUE = 100_000;
/** The first rounds do not count: Node still compiles. */
const WARM_UP_ROUNDS = 20;

export function startReceiver(path, queue = QUEUE) {
  // An earlier line may have left a socket file.
  rmSync(path, { force: true });
  return Program.start([join(folder, 'build/receiver'), path, String(queue)]);
}

/** One of the C programs, which all have the same protocol. */
export const inC = (kind) => [join(folder, 'build/sender'), kind];

/** A Node program: `kind` is one that programs/sender.js knows. */
export const inNode = (settings, kind) => [
  process.execPath,
  join(folder, 'programs/sender.js'),
  settings.package,
  kind,
];

/**
 * @param {Record<string, string[]>} commands the senders by name
 * @returns {Promise<Record<string, { wall: number, cpu: number, bytes: number, rounds: object[] }>>} by name:
 *   nanoseconds that one message takes its sender, by the clock and of processor time; the bytes of one message; and the
 *   same of each round
 */
export async function deliver(path, commands, { rounds, batch }) {
  const receiver = await startReceiver(path);
  const turns = [];
  for (const [name, command] of Object.entries(commands)) {
    turns.push({ name, rounds: [], program: await Program.start(command, { env: { NOTIFY_SOCKET: NOTIFY_PATH } }) });
  }
  try {
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      for (const sender of turns) {
        const result = await sendBatch(receiver, sender.program, batch);
        if (round >= 0) sender.rounds.push(result);
      }
      // A round affects the next one, so the order changes: no sender always follows the same sender.
      shuffle(turns);
    }
  } finally {
    await Promise.all([receiver, ...turns.map(({ program }) => program)].map((program) => program.stop()));
  }
  return Object.fromEntries(
    Object.keys(commands).map((name) => [name, summary(turns.find((one) => one.name === name).rounds)]),
  );
}

function shuffle(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}

async function sendBatch(receiver, sender, batch) {
  const [[bytes, taken], [start, end, cpu]] = await Promise.all([receiver.numbers(batch), sender.numbers(batch)]);
  if (taken !== batch) throw new Error(`${sender.name}: ${taken} of ${batch} messages arrived`);
  return { wall: (end - start) / batch, cpu: cpu / batch, bytes: bytes / batch };
}

function summary(results) {
  const middle = (key) => median(results.map((result) => result[key]));
  return { wall: middle('wall'), cpu: middle('cpu'), bytes: middle('bytes'), rounds: results };
}
