// The receiving end of the journal's socket: systemd-journald.socket(8)

import { parseEntry } from '../journal/decode.ts';
import type { Datagram } from '../native.ts';
import { DatagramReceiver, type ReceivedFds } from './datagram-receiver.ts';
import { readPassedFile } from './journal-file.ts';

/** A received entry: its fields, or why it was dropped. */
export type OnEntry = (fields: [string, Uint8Array][] | { readonly dropped: string }, pid: number) => void;

/** The maximum of a datagram: the kernel does not allocate more at once. */
const DATAGRAM_MAX = 4_400_000;

export class JournalReceiver {
  readonly #receiver: DatagramReceiver;
  readonly #onEntry: OnEntry;

  constructor(path: string, onEntry: OnEntry) {
    this.#onEntry = onEntry;
    this.#receiver = new DatagramReceiver(path, DATAGRAM_MAX, (bytes, datagram, fds) =>
      this.#take(bytes, datagram, fds),
    );
  }

  get path(): string {
    return this.#receiver.path;
  }

  read(): void {
    this.#receiver.read();
  }

  close(): void {
    this.#receiver.close();
  }

  /** Accepts either a payload or one descriptor, never both. */
  #take(bytes: Uint8Array, { pid, uid, truncated }: Datagram, fds: ReceivedFds): void {
    if (truncated || (fds.count > 0 && (bytes.length > 0 || fds.count > 1))) {
      this.#onEntry({ dropped: 'neither a payload nor one memory file' }, pid);
      return;
    }
    const payload = fds.count === 1 ? readPassedFile(fds.first, uid) : bytes;
    if (typeof payload === 'string') this.#onEntry({ dropped: payload }, pid);
    else if (payload.length > 0) this.#onEntry(parseEntry(payload) ?? { dropped: 'no field that is valid' }, pid);
  }
}
