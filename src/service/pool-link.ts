// What the primary of a workerPool() tells a worker. Messages and no signals: systemd sends SIGTERM to every process of
// the unit (KillMode=control-group), and a second one would end the worker at once.
import { hear, tellPrimary } from '../cluster-channel.ts';
import { isPoolWorker } from '../environment/pool-worker.ts';

/** What the primary says. */
export type PoolOrder = 'reload' | 'stop';

export interface OrderMessage {
  readonly act: 'order';
  readonly order: PoolOrder;
}

/** What a worker says as soon as it can hear an order: one that came before that is lost. */
export interface FollowMessage {
  readonly act: 'follow';
}

/** Follows the primary's orders until the returned function is called; nothing in any other process. */
export function followOrders(orders: Readonly<Record<PoolOrder, () => void>>): () => void {
  if (!isPoolWorker()) return () => undefined;
  const stopHearing = hear<OrderMessage>(
    process,
    'order',
    ({ order }) => order === 'reload' || order === 'stop',
    ({ order }) => orders[order](),
  );
  const message: FollowMessage = { act: 'follow' };
  tellPrimary(message, () => undefined); // a primary that is gone orders nothing
  return stopHearing;
}
