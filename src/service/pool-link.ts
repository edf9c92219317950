// Orders from the primary of a workerPool() to a worker. Sent as messages, not signals: systemd sends SIGTERM to every
// process of the unit (KillMode=control-group), and a second one would end the worker at once.
import { hear, tellPrimary } from '../cluster-channel.ts';
import { isPoolWorker } from '../environment/pool-worker.ts';

/** An order of the primary. */
export type PoolOrder = 'reload' | 'stop';

export interface OrderMessage {
  readonly act: 'order';
  readonly order: PoolOrder;
}

/** A worker sends this when it can receive orders: earlier orders are lost. */
export interface FollowMessage {
  readonly act: 'follow';
}

/** Follows the primary's orders until the returned function is called. Does nothing in any other process. */
export function followOrders(orders: Readonly<Record<PoolOrder, () => void>>): () => void {
  if (!isPoolWorker()) return () => undefined;
  const stopHearing = hear<OrderMessage>(
    process,
    'order',
    ({ order }) => order === 'reload' || order === 'stop',
    ({ order }) => orders[order](),
  );
  const message: FollowMessage = { act: 'follow' };
  tellPrimary(message, () => undefined); // without a primary there are no orders
  return stopHearing;
}
