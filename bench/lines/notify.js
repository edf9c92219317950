// A status with the manager: sd_notify in C, which opens a socket for every message, against status().
import { deliver, inC, inNode, NOTIFY_PATH } from '../measure/delivered.js';
import { ratioRows } from '../table.js';

export async function notify(settings) {
  const { libsystemd, ...others } = await deliver(
    NOTIFY_PATH,
    {
      libsystemd: inC('sd_notify'),
      'status()': inNode(settings, 'status'),
      'status(), not awaited': inNode(settings, 'status not awaited'),
      'notifySync()': inNode(settings, 'notifySync'),
      'the bare system call in C': inC('bare-notify'),
    },
    settings,
  );
  const { 'status()': status, 'notifySync()': notifySync } = others;
  return [
    ...ratioRows(others, 'sd_notify in C', libsystemd, { 'status()': 0.45 }),
    ...ratioRows({ 'notifySync()': notifySync }, 'status()', status, { 'notifySync()': 1 }),
  ];
}
