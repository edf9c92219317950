// The sender for the service manager in $NOTIFY_SOCKET.
import { parseNotifySocket } from '../environment/notify-socket.ts';
import { isPoolWorker } from '../environment/pool-worker.ts';
import { processWide } from '../process-mark.ts';
import type { Sender } from './delivery.ts';
import { PoolSender } from './pool-sender.ts';
import { QueuedSender } from './queued-sender.ts';
import { UnixRoute } from './unix-route.ts';
import { VsockRoute } from './vsock-route.ts';

const primary = new PoolSender();
/** One sender for all copies of this package: messages are sent in the order of their calls. */
const shared = processWide('notify@1', (): { current?: { readonly text: string; readonly sender: Sender } } => ({}));

/**
 * The sender for $NOTIFY_SOCKET; undefined if it is not set. Read at every call, because a supervisor or a test may
 * change it.
 * @throws SystemdError `SD_ERR_INVALID_ENV`, or `SD_ERR_NATIVE_UNAVAILABLE` if the addon does not load.
 */
export function currentSender(): Sender | undefined {
  const text = process.env.NOTIFY_SOCKET;
  if (text === undefined) return isPoolWorker() ? primary : undefined;
  const { current } = shared;
  if (current?.text === text) return current.sender;
  const sender = open(text);
  current?.sender.close();
  shared.current = { text, sender };
  return sender;
}

function open(text: string): Sender {
  const address = parseNotifySocket(text);
  return new QueuedSender(address.family === 'vsock' ? new VsockRoute(address) : new UnixRoute(address.name, text));
}
