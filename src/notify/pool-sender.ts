// The way of a cluster worker to its primary, over Node's own channel: see service/worker-pool.ts.
import { tellPrimary } from '../cluster-channel.ts';
import { SystemdError } from '../errors.ts';
import type { Message, Sender } from './delivery.ts';

/** What a worker sends: the lines of one datagram. */
export interface PoolMessage {
  readonly act: 'notify';
  readonly lines: string;
}

export class PoolSender implements Sender {
  /** Descriptors stay behind: a worker has no store, and a barrier is answered by the order of the channel. */
  send({ payload }: Message): Promise<boolean> {
    return new Promise((resolve, reject) => {
      post(payload, (error) => (error === null ? resolve(true) : reject(gone(error))));
    });
  }

  /** The channel is written at once as long as it takes anything, which it does for a few lines. */
  sendSync({ payload }: Message): boolean {
    post(payload, () => undefined);
    return true;
  }

  close(): void {
    // The channel is Node's.
  }
}

function post(payload: string, done: (error: Error | null) => void): void {
  const message: PoolMessage = { act: 'notify', lines: payload };
  tellPrimary(message, done);
}

function gone(cause: Error): SystemdError {
  return new SystemdError('SD_ERR_STATE', 'the primary of this worker is gone', { cause });
}
