// Sends messages from a cluster worker to its primary, over Node's own channel: see service/worker-pool.ts.
import { tellPrimary } from '../cluster-channel.ts';
import { SystemdError } from '../errors.ts';
import type { NotifyMessage, Sender } from './delivery.ts';

/** The message of a worker: the lines of one datagram. */
export interface PoolMessage {
  readonly act: 'notify';
  readonly lines: string;
}

export class PoolSender implements Sender {
  /** Ignores descriptors: a worker has no store, and the channel's order replaces a barrier. */
  send({ payload }: NotifyMessage): Promise<boolean> {
    return new Promise((resolve, reject) => {
      post(payload, (error) => (error === null ? resolve(true) : reject(gone(error))));
    });
  }

  /** Node writes to the channel immediately while it has room, which is enough for a few lines. */
  sendSync({ payload }: NotifyMessage): boolean {
    post(payload, () => undefined);
    return true;
  }

  close(): void {
    // Node owns the channel.
  }
}

function post(payload: string, done: (error: Error | null) => void): void {
  const message: PoolMessage = { act: 'notify', lines: payload };
  tellPrimary(message, done);
}

function gone(cause: Error): SystemdError {
  return new SystemdError('SD_ERR_STATE', 'the primary of this worker is gone', { cause });
}
